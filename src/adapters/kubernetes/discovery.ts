import { z } from "zod";
import type { Answer, Get } from "./client.ts";

/** Milliseconds for which a server's resources are remembered; a CRD that is installed meanwhile is seen after. */
const REMEMBERED = 600_000;
/** What is not there may be on its way. */
const REMEMBERED_MISSING = 30_000;

/** As Kubernetes admits one. It comes from somebody's file: anything else would be another address of the server. */
const GROUP = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

const group = z.object({
  versions: z.array(z.object({ version: z.string() })),
  preferredVersion: z.object({ version: z.string() }),
});
const resources = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/** Where objects of a kind are, below the server's address. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

type Found =
  | { readonly status: "ok"; readonly resource: Resource }
  | Exclude<Answer, { readonly status: "ok" }>;

/** The resources that one server has, asked for once and remembered for a while. */
export class Discovery {
  readonly #known = new Map<string, { readonly until: number; readonly answer: Answer }>();

  /** In the version that is wanted where the server has it, else in the one it prefers. */
  async find(get: Get, apiVersion: string, kind: string): Promise<Found> {
    const [groupName = "", wanted = ""] = apiVersion.split("/");
    if (!GROUP.test(groupName)) return { status: "missing" };
    const versions = await this.#ask(get, `/apis/${groupName}`, groupName);
    if (versions.status !== "ok") return versions;
    const parsed = group.safeParse(versions.body);
    if (!parsed.success) return odd(groupName);
    const served = parsed.data.versions.map(({ version }) => version);
    const order = [wanted, parsed.data.preferredVersion.version, ...served];
    // A kind need not be in every version of its group.
    for (const version of new Set(order.filter((one) => served.includes(one)))) {
      const listed = await this.#ask(get, `/apis/${groupName}/${version}`, groupName);
      if (listed.status === "unavailable") return listed;
      if (listed.status === "missing") continue;
      const list = resources.safeParse(listed.body);
      if (!list.success) return odd(groupName);
      // Subresources such as `deployments/status` have the kind too.
      const one = list.data.resources.find(({ name, kind: its }) => its === kind && !name.includes("/"));
      if (one) {
        const resource = { group: groupName, version, plural: one.name, namespaced: one.namespaced };
        return { status: "ok", resource };
      }
    }
    return { status: "missing" };
  }

  async #ask(get: Get, path: string, groupName: string): Promise<Answer> {
    const known = this.#known.get(path);
    if (known && Date.now() < known.until) return known.answer;
    const answer = await get(path, { verb: "discover", resource: groupName, namespace: null });
    if (answer.status !== "unavailable") {
      const time = answer.status === "ok" ? REMEMBERED : REMEMBERED_MISSING;
      this.#known.set(path, { until: Date.now() + time, answer });
    }
    return answer;
  }
}

function odd(groupName: string): Found {
  return { status: "unavailable", words: `what it says of ${groupName} is not understood` };
}

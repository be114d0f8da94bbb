import type { GitHub } from "../../dev/github/server.ts";
import { findMarker } from "../../src/views/marker.ts";
import { CANARY, configuration, Shop, shopFiles, workload } from "../../test/e2e/shop.ts";
import type { Command, Place, Planned } from "./deliveries.ts";
import type { Sent } from "./generator.ts";

/** Of so many repositories one ships a version that only a delivery tells of. */
export const SHIPS_EVERY = 10;

/** Repositories with a rollout each, of an installation each, with an open pull request. */
export async function openShops(github: GitHub, count: number): Promise<readonly Shop[]> {
  const shops: Shop[] = [];
  for (let i = 0; i < count; i++) {
    const shop = await Shop.create(github, `acme-${i}`, shopFiles(configuration()));
    await shop.alice.propose("next", "checkout 3.0.0", { [CANARY]: workload("canary", "3.0.0") });
    shops.push(shop);
  }
  return shops;
}

export function placeOf(github: GitHub, { repository }: Shop): Place {
  const { id, owner, name } = repository;
  return { installation: github.installationId(repository), id, owner: owner.login, name, pull: 1 };
}

/** Things that really happen, and that nobody is told of but by the deliveries to come. */
export async function happen(
  github: GitHub,
  shops: readonly Shop[],
  commands: number,
): Promise<readonly Command[]> {
  const said: Command[] = [];
  for (let i = 0; i < commands; i++) {
    const place = i % shops.length;
    const body = "/canary status";
    const comment = await shops[place]?.alice.comment(1, body);
    if (comment !== undefined) said.push({ place, comment, body });
  }
  for (const [i, { repository }] of shops.entries()) {
    if (i % SHIPS_EVERY !== 0) continue;
    const files = { [CANARY]: workload("canary", "2.0.0") };
    await github.push(repository, "main", { files, message: "checkout 2.0.0", author: "alice" });
  }
  return said;
}

/** Commands that have not exactly one answer. */
export function unanswered(shops: readonly Shop[], commands: readonly Command[]): number {
  return commands.filter(({ place, comment }) => {
    const comments = [...(shops[place]?.repository.comments.values() ?? [])];
    const replies = comments.filter(({ body }) => {
      const marker = findMarker(body);
      return marker?.kind === "reply" && marker.comment === comment;
    });
    const done = comments
      .find(({ id }) => id === comment)
      ?.reactions.some(({ content }) => content === "rocket");
    return replies.length !== 1 || done !== true;
  }).length;
}

/** Versions shipped of which no release began. */
export async function unreleased(shops: readonly Shop[]): Promise<number> {
  const shipping = shops.filter((_, i) => i % SHIPS_EVERY === 0);
  const states = await Promise.all(shipping.map((shop) => shop.state()));
  return states.filter((state) => state?.release?.number !== 1).length;
}

/** Repositories that were not read again after the last delivery that is a cause to: their rollout, or their pull request. */
export function unseen(
  github: GitHub,
  places: readonly Place[],
  deliveries: readonly Planned[],
  sent: readonly Sent[],
): number {
  const last = new Map<string, number>();
  const note = (key: string, at: number) => last.set(key, Math.max(last.get(key) ?? 0, at));
  const read = new Map<string, number>();
  for (const { path, body, at } of github.requests) {
    const pull = /^\/repos\/([^/]+)\/[^/]+\/pulls\/\d+$/.exec(path)?.[1];
    if (pull !== undefined) read.set(`pull of ${pull}`, at);
    const { owner, ...paths } = variablesOf(body);
    if (Object.values(paths).includes("rollouts/checkout.json")) read.set(`rollout of ${owner}`, at);
  }
  for (const [i, { place, kind }] of deliveries.entries()) {
    const owner = places[place]?.owner ?? "";
    const at = sent[i]?.at ?? 0;
    if (LOOKS.test(kind)) note(`rollout of ${owner}`, at);
    if (CHECKS.test(kind)) note(`pull of ${owner}`, at);
  }
  const late = [...last].filter(([key, at]) => (read.get(key) ?? 0) < at);
  return new Set(late.map(([key]) => key.replace(/^.* of /, ""))).size;
}

/** What makes the server look at the rollouts, and at a pull request. */
const LOOKS = /^(push|pull_request\.closed|deployment\.|deployment_status|check_run\.rerequested)/;
const CHECKS = /^pull_request\.(opened|synchronize)/;

function variablesOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null || !("variables" in body)) return {};
  return { ...Object(body.variables) };
}

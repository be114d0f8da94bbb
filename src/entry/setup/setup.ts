import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Answer } from "../webhook.ts";
import { type Created, convert } from "./convert.ts";
import { variablesOf, writeEnvFile } from "./env-file.ts";
import { CREATED_PATH, manifestFor, readAppFile, webAddress } from "./manifest.ts";
import {
  carryPage,
  confirmPage,
  donePage,
  headersOf,
  lockedPage,
  problemPage,
  startPage,
  type Wishes,
} from "./page.ts";

/** What of a request the pages need. */
export interface PageRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly host: string;
  readonly cookie: string;
  /** The page a POST comes from, as browsers say it; empty where they do not. */
  readonly origin: string;
  /** Of a POST, at most a few kilobytes. */
  readonly body: string;
}

export interface SetupOptions {
  readonly githubUrl: string;
  readonly webhookPath: string;
  /** Where GitHub and people reach this server; null: as the browser says. */
  readonly publicUrl: string | null;
  /** Path of the `.env` that is written. */
  readonly envFile: string;
  /** The App's variables, once; resolves to what is to be told of what comes next. */
  readonly created: (variables: Readonly<Record<string, string>>) => Promise<string>;
}

const COOKIE = "sluice-setup";
/** GitHub's codes live as long; ms. */
const LIFE = 3_600_000;
const STATES = 20;

/**
 * The pages on which an operator has GitHub create the App. Only whoever has the token of the server's log may, and a
 * redirect counts only with a state that was given out to them, once. Nothing here is logged.
 */
export class Setup {
  /** For the log: `/?token=…`. */
  readonly entrance: string;
  readonly #token = randomBytes(24).toString("base64url");
  readonly #session = randomBytes(24).toString("base64url");
  /** Until when each is good, epoch ms. */
  readonly #states = new Map<string, number>();
  readonly #app = readAppFile();
  readonly #options: SetupOptions;
  readonly #github: string;
  #creating = false;
  #over = false;

  constructor(options: SetupOptions) {
    this.#options = options;
    this.#github = webAddress(options.githubUrl);
    this.entrance = `/?token=${this.#token}`;
  }

  /** null for what is no page of these. */
  async answer(request: PageRequest): Promise<Answer | null> {
    if (this.#over) return null;
    const url = URL.parse(request.url, "http://sluice");
    if (!url) return null;
    const place = `${request.method} ${url.pathname}`;
    if (!["GET /", "POST /setup", `GET ${CREATED_PATH}`].includes(place)) return null;
    const token = url.searchParams.get("token");
    if (place === "GET /" && token !== null && same(token, this.#token)) return this.#letIn();
    if (!same(cookieOf(request.cookie), this.#session)) return this.#page(403, lockedPage());
    if (place === "GET /") return this.#page(200, startPage(this.#app, this.#usual(request)));
    if (place === "POST /setup") {
      if (!this.#isOurs(request)) return this.#page(403, problemPage("This form was not sent from here."));
      return this.#confirm(request);
    }
    return this.#create(url.searchParams);
  }

  /** The token leaves the address bar at once. */
  #letIn(): Answer {
    const secure = this.#options.publicUrl?.startsWith("https:") ? "; Secure" : "";
    const cookie = `${COOKIE}=${this.#session}; HttpOnly; SameSite=Lax; Path=/; Max-Age=${LIFE / 1000}${secure}`;
    return { status: 303, message: "", headers: { location: "/", "set-cookie": cookie } };
  }

  /** Behind a proxy `Host` may be another than the browser's, so that either will do. */
  #isOurs({ origin, host }: PageRequest): boolean {
    if (origin === "") return true;
    const from = URL.parse(origin);
    const { publicUrl } = this.#options;
    return from !== null && (from.host === host || from.origin === URL.parse(publicUrl ?? "")?.origin);
  }

  /** Where github.com is to send webhooks, only the operator can say, unless the environment does. */
  #usual({ host }: PageRequest): Wishes {
    const { publicUrl } = this.#options;
    const address = publicUrl ?? (this.#isReachable(host) ? `http://${host}` : "");
    return { name: this.#app.manifest.name, organization: "", address };
  }

  #isReachable(host: string): boolean {
    return this.#github !== "https://github.com" || !/^(localhost|127\.|\[::1\])/.test(host);
  }

  #confirm(request: PageRequest): Answer {
    const form = new URLSearchParams(request.body);
    const said = (name: string) => form.get(name)?.trim() ?? "";
    const wishes = { name: said("name"), organization: said("organization"), address: said("address") };
    const problem = this.#problemOf(wishes);
    if (problem !== null) return this.#page(400, startPage(this.#app, wishes, problem));
    const hook = wishes.address.replace(/\/+$/, "") + this.#options.webhookPath;
    // The browser comes back to where it is now, which need not be where GitHub's webhooks go.
    const seen = this.#options.publicUrl ?? `http://${request.host}`;
    const manifest = { ...manifestFor(this.#app, { seen, hook }), name: wishes.name };
    const owner = wishes.organization === "" ? "" : `/organizations/${wishes.organization}`;
    const to = `${this.#github}${owner}/settings/apps/new?state=${this.#newState()}`;
    return this.#page(200, confirmPage(to, manifest, { ...wishes, address: hook }));
  }

  #problemOf({ name, organization, address }: Wishes): string | null {
    if (name === "" || name.length > 34) return "A name has 1 to 34 characters.";
    if (!/^([A-Za-z0-9][A-Za-z0-9-]{0,38})?$/.test(organization))
      return "An organization is given by its name in addresses, such as acme.";
    const url = URL.parse(address);
    if (!url || !["http:", "https:"].includes(url.protocol) || url.search || url.hash || url.username)
      return "The address is a plain one, such as https://sluice.example.com.";
    if (!this.#isReachable(url.hostname))
      return "GitHub cannot reach this machine by that address. Give a public one: of a proxy, an ingress or a tunnel.";
    return null;
  }

  #newState(): string {
    const [oldest] = this.#states.keys();
    if (this.#states.size >= STATES && oldest !== undefined) this.#states.delete(oldest);
    const state = randomBytes(24).toString("base64url");
    this.#states.set(state, Date.now() + LIFE);
    return state;
  }

  async #create(query: URLSearchParams): Promise<Answer> {
    if (this.#creating) return this.#page(409, problemPage("An App is being created at this moment."));
    const state = query.get("state") ?? "";
    const until = this.#states.get(state) ?? 0;
    this.#states.delete(state);
    if (until < Date.now())
      return this.#page(400, problemPage("This way back was not opened here, or was used before."));
    let app: Created;
    this.#creating = true;
    try {
      app = await convert(this.#options.githubUrl, query.get("code") ?? "");
    } catch (error) {
      return this.#page(502, problemPage(error instanceof Error ? error.message : "GitHub did not answer."));
    } finally {
      this.#creating = false;
    }
    // From here on there is an App, and one is enough.
    this.#over = true;
    const variables = variablesOf(app);
    const written = await writeEnvFile(this.#options.envFile, variables);
    const next = await this.#options.created(variables);
    const install = `${app.page.replace(/\/+$/, "")}/installations/new`;
    return this.#page(
      200,
      written.ok ? donePage(install, next) : carryPage(install, written.refused, variables),
    );
  }

  #page(status: number, message: string): Answer {
    return { status, message, headers: headersOf(this.#github) };
  }
}

function cookieOf(header: string): string {
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(header)?.[1] ?? "";
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

import { Person } from "../../dev/stage/person.ts";
import type { Forge } from "../../src/ports/forge.ts";
import { reconcile } from "../../src/reconcile/pass.ts";
import type { RolloutState } from "../../src/release/state.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";
import type { Inside, Process, Team } from "./inside.ts";

/** A shop for stories of one look at a time: one rollout, a new version whenever somebody wants it. */

export const CONFIG = ".github/sluice.yaml";
export const CANARY = FILES.canary;
const STABLE = FILES.stable;
const MESH = FILES.virtualService;
/** With this file on main every canary fails four requests of ten. */
export const OUTAGE = "OUTAGE.md";
/** A step that nobody sees the end of: whoever moves the weight meanwhile, it was not patience. */
export const ENDLESS = { bake: "10h" };

export function weightIn(text: string): number {
  return Number(/canary }\s+weight: (\d+)/.exec(text)?.[1]);
}

export async function weightOf(team: Team, ref = "main"): Promise<number> {
  return weightIn(await team.read(ref, MESH));
}

export function config(changes: Readonly<Record<string, unknown>> = {}): string {
  return configOf({ checkout: rolloutOf("shop", changes) });
}

export function canaryWith(version: string) {
  return { [CANARY]: deployment("canary", "shop", version) };
}

/** Versions that end in `-bad` fail four requests of ten, `-weak` ones two of a hundred. */
export async function openShop(inside: Inside, changes: Readonly<Record<string, unknown>> = {}) {
  const team = await inside.team({
    files: {
      [CONFIG]: config(changes),
      [MESH]: virtualService("shop", 100, 0),
      [STABLE]: deployment("stable", "shop", "1.0.0"),
      ...canaryWith("1.0.0"),
    },
    share: async (read) => weightIn(await read(MESH)) / 100,
    failing: async (read) => {
      const canary = await read(CANARY);
      if (await read(OUTAGE).catch(() => null)) return 0.4;
      return canary.includes("-bad") ? 0.4 : canary.includes("-weak") ? 0.02 : 0;
    },
  });
  await team.second();
  await team.process().look();
  return team;
}

/** The pull request that brought `version`, merged. */
export async function ship(team: Team, version: string): Promise<number> {
  const pull = await team.alice.propose(`v${version}`, `checkout ${version}`, canaryWith(version));
  await team.alice.merge(pull);
  return pull;
}

/** Second by second, reading everything anew, until it is so; the state then. */
export async function lookUntil(
  team: Team,
  bot: Process,
  so: (state: RolloutState) => boolean,
  seconds = 60,
): Promise<RolloutState> {
  for (let i = 0; i < seconds; i++) {
    await team.second();
    await bot.look({ kind: "push" });
    const state = await team.state();
    if (state && so(state)) return state;
  }
  throw new Error(`not within ${seconds} s: ${JSON.stringify((await team.state())?.release?.timeline)}`);
}

/** The same pass by pass, so that what one look comes to at once is seen on the way. */
export async function passUntil(
  team: Team,
  { ports }: Process,
  so: (state: RolloutState) => boolean,
): Promise<RolloutState> {
  for (let i = 0; i < 60; i++) {
    await team.second();
    for (let goesOn = true; goesOn; ) {
      goesOn = (await reconcile(ports, "checkout", { kind: "push" })).changed;
      await ports.projector.idle();
      const state = await team.state();
      if (state && so(state)) return state;
    }
  }
  throw new Error(`not within 60 s: ${JSON.stringify((await team.state())?.release?.timeline)}`);
}

export function ended({ last, release, pending }: RolloutState): boolean {
  return last !== null && !release && !pending;
}

/** The first step was committed and seen live. */
export function climbing({ release }: RolloutState): boolean {
  return release?.shift.live != null;
}

export function somebody(inside: Inside, team: Team, login: string, role: "read" | "write"): Person {
  const person = new Person(login, inside.github, team.repository);
  inside.github.setPermission(team.repository, login, role);
  return person;
}

type Called<Name extends keyof Forge> = (...args: Parameters<Forge[Name]>) => Promise<unknown>;

/** A forge with which something happens just before each call of one kind. */
export function justBefore<Name extends keyof Forge>(forge: Forge, call: Name, first: Called<Name>): Forge {
  return new Proxy(forge, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (name !== call || typeof method !== "function") return method;
      return async (...args: Parameters<Forge[Name]>) => {
        await first(...args);
        return Reflect.apply(method, target, args);
      };
    },
  });
}

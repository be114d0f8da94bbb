import { checkGate, environmentGate, type GateReading, hookGate } from "../analysis/gates.ts";
import type { Gate, Rollout } from "../config/types.ts";
import { ForgeError, isPassing, type RepositoryFacts } from "../ports/forge.ts";
import { gatedCommit } from "../release/gates.ts";
import type { Release } from "../release/state.ts";
import type { Asks } from "../release/world.ts";
import type { Memory, Ports } from "./ports.ts";

/** What a question to the gates rests on. */
export interface Gated {
  readonly rollout: Pick<Rollout, "name">;
  readonly release: Release;
  readonly repository: Pick<RepositoryFacts, "url">;
  readonly asks: Asks;
  /** GitHub is asked again whatever it said before. */
  readonly anew: boolean;
}

/**
 * What the gates say, in their order. A hook is asked no more often than a release is looked at; GitHub, when it is
 * read anyway. Throws `ForgeError` for what says nothing about the next try.
 */
export async function askGates(
  ports: Pick<Ports, "forge" | "hooks" | "clock" | "memory" | "settings">,
  gated: Gated,
): Promise<readonly GateReading[]> {
  const { memory, clock, settings } = ports;
  const { rollout, release, asks, anew } = gated;
  const about = aboutOf(release);
  const before = memory.gates.get(rollout.name);
  const known = before?.about === about ? before.answers : null;
  const readings = await Promise.all(
    asks.gates.map(async (gate) => {
      const key = `${gate.kind} ${gate.name}`;
      const last = known?.get(key);
      // However far the wall clock was set, an answer does not stay new.
      const fresh =
        last && (gate.kind === "hook" ? Math.abs(clock.now() - last.at) < settings.lookEvery : !anew);
      return [key, fresh ? last : { at: clock.now(), reading: await ask(ports, gated, gate) }] as const;
    }),
  );
  memory.gates.set(rollout.name, { about, answers: new Map(readings) });
  return readings.map(([, { reading }]) => reading);
}

/** What the gates between the present step and the next said last; none where nobody asked them. */
export function gatesSaid(
  { gates }: Pick<Memory, "gates">,
  { name }: Pick<Rollout, "name">,
  release: Release,
): readonly GateReading[] {
  const said = gates.get(name);
  return said?.about === aboutOf(release) ? [...said.answers.values()].map(({ reading }) => reading) : [];
}

/** Of another step, or another commit of it, an answer says nothing. */
function aboutOf(release: Release): string {
  const { number, step, shift } = release;
  return JSON.stringify([number, step, shift.at, gatedCommit(release)]);
}

async function ask(ports: Pick<Ports, "forge" | "hooks">, gated: Gated, gate: Gate): Promise<GateReading> {
  const { forge, hooks } = ports;
  const { commit } = gated.asks;
  try {
    switch (gate.kind) {
      case "check":
        return checkGate(gate, await forge.checksOf(commit, gate.name));
      case "environment":
        return environmentGate(gate, await forge.deploymentsOf(commit, gate.name));
      case "hook":
        return hookGate(gate, await hooks.ask(questionOf(gated, gate)));
    }
  } catch (error) {
    if (!(error instanceof ForgeError) || isPassing(error)) throw error;
    // Such as a permission that nobody has granted yet, or more than can be looked through.
    return { gate, status: "closed", words: `GitHub does not say: ${error.message}`, link: null };
  }
}

function questionOf({ rollout, release, repository, asks }: Gated, { name: hook }: Gate) {
  const { number, version, step, shift, cause } = release;
  const page = cause.pull === null ? `commit/${asks.commit}` : `pull/${cause.pull}`;
  return {
    hook,
    rollout: rollout.name,
    release: number,
    version,
    step,
    weight: shift.percent,
    commit: asks.commit,
    link: `${repository.url}/${page}`,
    repositoryUrl: repository.url,
  };
}

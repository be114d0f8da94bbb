import { generateKeyPairSync } from "node:crypto";
import { Probot } from "probot";
import { assemble } from "../../src/entry/assemble.ts";
import { keepSweeping } from "../../src/entry/sweep.ts";
import type { Told } from "../../src/ports/notifier.ts";
import { keyId, type RolloutKey } from "../../src/ports/scheduler.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { SimulatedCluster } from "./cluster.ts";
import { type CallFault, fateOf } from "./faults.ts";
import { type Call, createForge } from "./forge.ts";
import type { SimulatedGates } from "./gates.ts";
import { BOT, type GitHub, type Webhook } from "./github.ts";
import type { Source } from "./metrics.ts";
import { planted } from "./planted.ts";

/** What a process of the bot runs in. */
export interface Surroundings {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly repositories: readonly GitHub[];
  readonly sources: ReadonlyMap<GitHub, Source>;
  readonly clusters: ReadonlyMap<GitHub, SimulatedCluster>;
  readonly gates: ReadonlyMap<GitHub, SimulatedGates>;
  /** Whether, and how, a call goes wrong. */
  readonly faultOf: (call: string, writes: boolean) => CallFault | null;
  /** Whether the base moves in the moment of a merge, which GitHub then does not carry out. */
  readonly baseMoves: (merge: string) => boolean;
  readonly log: (line: string) => void;
  /** What people hear outside GitHub. */
  /** Between two things that it hears it forgets what others may have changed, as on AWS Lambda. */
  readonly forgetful: boolean;
  readonly told: (told: Told) => void;
  readonly died: (process: BotProcess) => void;
}

/** ms */
const SETTINGS = { lookEvery: 15_000, readEvery: 60_000, showEvery: 60_000 };
const KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
});

/** The real bot, from Probot's event handlers down to the ports, in a process that can die between any two awaits. */
export class BotProcess {
  readonly name: string;
  readonly #around: Surroundings;
  readonly #probot: Probot;
  readonly #loaded: Promise<void>;
  readonly #forget: () => void;
  #alive = true;
  #calls = 0;
  #merges = 0;
  /** How far its wall clock is off, ms. */
  skew = 0;

  constructor(name: string, around: Surroundings) {
    this.name = name;
    this.#around = around;
    const { agenda, repositories, sources, clusters, gates, log } = around;
    const forges = new Map(
      repositories.map((github) => [
        github.id,
        createForge(
          github,
          found(gates.get(github)),
          this.#callsTo(github),
          () => -this.skew,
          () => this.#baseMoves(),
        ),
      ]),
    );
    const bot = assemble({
      login: BOT,
      directory: {
        installationOf: async () => null,
        installations: () => this.#carry("installations", () => repositories.map((one) => one.installation)),
        repositories: (installation) =>
          this.#carry("repositories", () =>
            repositories
              .filter((one) => one.installation === installation)
              .map(({ id, owner, name: repository }) => ({ id, owner, name: repository })),
          ),
      },
      forgeFor: ({ repository }) => found(forges.get(repository.id)),
      metricsFor: ({ repository }) => {
        const github = repositories.find(({ id }) => id === repository.id);
        return found(github && sources.get(github)).port((wait, answer) => this.#after(wait, answer));
      },
      clusterFor: ({ repository }) => {
        const github = repositories.find(({ id }) => id === repository.id);
        return found(github && clusters.get(github)).port((wait, answer) => this.#after(wait, answer));
      },
      notifierFor: () => ({ notify: around.told }),
      hooksFor: ({ repository }) => {
        const github = repositories.find(({ id }) => id === repository.id);
        return found(github && gates.get(github)).port((wait, answer) => this.#after(wait, answer));
      },
      pagesFor: () => ({ pagesOf: () => [] }),
      clock: { now: () => agenda.now + this.skew },
      later: (wait, then) => this.#later(wait, then),
      schedulerFor: (due) => this.#scheduler(due),
      settings: SETTINGS,
      log: { info: log, warn: log },
    });
    this.#forget = () => {
      if (around.forgetful) bot.forget();
    };
    this.#probot = new Probot({
      appId: 1,
      privateKey: String(KEY),
      secret: planted("webhook"),
      logLevel: "fatal",
    });
    this.#loaded = this.#probot.load(bot.app).then(() => {
      keepSweeping(
        () => bot.recover(),
        { succeeded() {}, failed() {} },
        undefined,
        (wait, then) => this.#later(wait, then),
      );
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Nothing it waits for comes any more. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#around.died(this);
  }

  /** A verified delivery. */
  deliver(id: string, { event, payload }: Webhook): void {
    if (!this.#alive) return;
    this.#forget();
    // The payload has what the handlers read.
    const delivery = { id, name: event, payload } as unknown as Parameters<Probot["receive"]>[0];
    void this.#loaded.then(() => this.#probot.receive(delivery));
  }

  #later(wait: number, then: () => void): () => void {
    return this.#around.agenda.in(wait, () => {
      if (this.#alive) then();
    });
  }

  #scheduler(due: (key: RolloutKey) => void) {
    const timers = new Map<string, () => void>();
    const cancel = (key: RolloutKey) => {
      timers.get(keyId(key))?.();
      timers.delete(keyId(key));
      return Promise.resolve();
    };
    return {
      schedule: async (key: RolloutKey, at: number) => {
        await cancel(key);
        // Timers go by the time that passes, not by what the wall clock says.
        const wait = at - (this.#around.agenda.now + this.skew);
        timers.set(
          keyId(key),
          this.#later(wait, () => {
            this.#forget();
            due(key);
          }),
        );
      },
      cancel,
      stop: () => timers.clear(),
    };
  }

  #callsTo(github: GitHub): Call {
    return (name, writes, apply) => this.#call(`${github.name} ${name}`, writes, apply, github.downUntil);
  }

  #baseMoves(): boolean {
    return this.#around.baseMoves(`${this.name} merge ${++this.#merges}`);
  }

  #carry<T>(name: string, apply: () => T): Promise<T> {
    return this.#call(name, false, apply);
  }

  /** An answer of a server that does not die with its client. */
  #after<T>(wait: number, answer: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#later(wait, () => resolve(answer()));
    });
  }

  #call<T>(name: string, writes: boolean, apply: (at: number) => T, downUntil = 0): Promise<T> {
    const { agenda, chance, faultOf } = this.#around;
    return new Promise((resolve, reject) => {
      if (!this.#alive) return;
      const id = `${this.name} call ${++this.#calls} ${name}`;
      const fault = agenda.now < downUntil ? "502 bad gateway" : faultOf(id, writes);
      const fate = fateOf(fault, chance.fork(id), agenda.now + this.skew);
      if (fate.dies && fate.effect === null) {
        this.kill();
        return;
      }
      let settle = () => {
        if (fate.error) reject(fate.error);
      };
      if (fate.effect !== null) {
        agenda.in(fate.effect, () => {
          try {
            const value = apply(writes ? agenda.now : agenda.now - fate.behind);
            settle = () => (fate.error ? reject(fate.error) : resolve(value));
          } catch (error) {
            settle = () => reject(fate.error ?? error);
          }
          if (fate.dies) this.kill();
        });
      }
      agenda.in(Math.max(fate.answer, fate.effect ?? 0), () => {
        if (this.#alive) settle();
      });
    });
  }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The simulation was asked for what it does not have.");
  return value;
}

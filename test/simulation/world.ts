import { Agenda } from "./agenda.ts";
import { CALENDAR } from "./calendar.ts";
import { Chance } from "./chance.ts";
import { SimulatedCluster } from "./cluster.ts";
import { BASE_MOVED, CALL_FAULTS, type CallFault, DELIVERY_FAULTS } from "./faults.ts";
import { SimulatedGates } from "./gates.ts";
import { GitHub, MAIN, type Webhook } from "./github.ts";
import { Mesh } from "./mesh.ts";
import { Source } from "./metrics.ts";
import { type Act, DEEDS, FORCED_BACK, mend, PROPOSAL_DEEDS, say, ship } from "./people.ts";
import { BotProcess } from "./process.ts";
import { isAnswered } from "./promises/obeyed.ts";
import { Witness } from "./promises/witness.ts";
import { withoutCall } from "./promises/words.ts";
import { bring, isBehind } from "./promotions.ts";
import { configure, PEOPLE, type Scene, stateOf } from "./scene.ts";
import { drawShop, filesOf } from "./shop.ts";
import { CLUSTER_TROUBLES, TROUBLES } from "./troubles.ts";

/** A Monday, some time before the windows open. */
const BEGIN = Date.UTC(2026, 0, 5, 8, 30);
const MINUTE = 60_000;
/** Deliveries that come again days later. */
const KEPT = 20;
/** How late the bot may be where no call goes wrong, and where one in a hundred does. */
const PATIENCE = { calm: 2 * MINUTE, troubled: 15 * MINUTE };

/** Something that was done to the world, so that it can be left out of a second run. */
export interface Happening {
  readonly id: string;
  readonly at: number;
}

interface Weather {
  /** Share of calls that go wrong. */
  readonly calls: number;
  /** Share of deliveries that are lost, doubled or late. */
  readonly deliveries: number;
  /** Minutes between two deeds of people, and between two troubles; on average. */
  readonly deeds: number;
  readonly troubles: number;
  readonly processes: 1 | 2;
}

const WEATHERS: Readonly<Record<string, Weather>> = {
  calm: { calls: 0, deliveries: 0.05, deeds: 40, troubles: 120, processes: 1 },
  people: { calls: 0.005, deliveries: 0.1, deeds: 3, troubles: 60, processes: 1 },
  troubled: { calls: 0.01, deliveries: 0.2, deeds: 15, troubles: 4, processes: 1 },
  stormy: { calls: 0.06, deliveries: 0.4, deeds: 6, troubles: 8, processes: 2 },
};

/** Everything that one seed makes: teams, users, people, the bot, and what goes wrong. */
export class World {
  readonly agenda = new Agenda(BEGIN);
  readonly scenes: Scene[] = [];
  readonly witness: Witness;
  readonly weather: string;
  /** How often each thing went wrong. */
  readonly met = new Map<string, number>();
  readonly happened: Happening[] = [];
  readonly trace: (line: string) => void;
  readonly #chance: Chance;
  readonly #muted: ReadonlySet<string>;
  readonly #forgetful: boolean;
  readonly #processes: BotProcess[] = [];
  #born = 0;
  #deliveries = 0;
  readonly #replays: (() => void)[] = [];
  /** Some of what was delivered, to come once more days later. */
  readonly #kept: Webhook[] = [];
  #storm = true;

  constructor(
    seed: number,
    options: {
      readonly muted?: ReadonlySet<string>;
      readonly trace?: (line: string) => void;
      readonly forgetful?: boolean;
    } = {},
  ) {
    this.#muted = options.muted ?? new Set();
    this.#forgetful = options.forgetful ?? false;
    const { trace } = options;
    this.trace = trace
      ? (line) => trace(`${new Date(this.agenda.now).toISOString().slice(5, 23)} ${line}`)
      : () => {};
    this.#chance = new Chance(seed, "world");
    const { agenda } = this;
    this.witness = new Witness(() => agenda.now);
    this.weather = this.#chance.weighted({ calm: 3, people: 3, troubled: 3, stormy: 2 });
    const teams = this.#chance.yes(0.15) ? 2 : 1;
    for (let id = 1; id <= teams; id++) this.scenes.push(this.#team(id));
  }

  /** A process has a wall clock that is wrong. */
  get clocksOff(): boolean {
    return this.#processes.some(({ skew }) => skew !== 0);
  }

  /** Starts the bot, and plans what people and the world will do for so long, ms. */
  begin(storm: number): void {
    const weather = this.#weather();
    this.witness.callsGoWell = weather.calls === 0;
    if (weather.calls <= 0.01) this.witness.timely.patience = PATIENCE.troubled;
    if (weather.calls === 0) this.witness.timely.patience = PATIENCE.calm;
    this.witness.obeyed.answers = weather.calls <= 0.01;
    this.witness.rivals = weather.processes > 1;
    for (let i = 0; i < weather.processes; i++) this.#start();
    for (const scene of this.scenes) {
      for (const shop of scene.shops)
        this.#author(scene, shop, this.#chance.fork(`author ${shop.name}`), BEGIN + storm);
      this.#plan(DEEDS, weather.deeds, `deeds ${scene.github.id}`, storm, (name, chance) => {
        const shop = scene.shops[chance.between(0, scene.shops.length - 1)];
        // GitHub compares heads alone: of two processes one may write upon what it had read before, refused only after.
        if (name === FORCED_BACK && weather.processes > 1) return false;
        return shop && DEEDS[name]?.[1](scene, shop, chance);
      });
      this.#plan(CALENDAR, 4 * weather.deeds, `calendar ${scene.github.id}`, storm, (name, chance) => {
        const shop = scene.shops[chance.between(0, scene.shops.length - 1)];
        return shop && CALENDAR[name]?.[1](scene, shop, chance);
      });
      this.#plan(TROUBLES, weather.troubles, `troubles ${scene.github.id}`, storm, (name, chance) => {
        TROUBLES[name]?.[1](scene, chance, this.#processes);
        return true;
      });
      const proposing = scene.shops.filter(({ delivery }) => delivery === "pull-request");
      if (proposing.length > 0) {
        this.#plan(PROPOSAL_DEEDS, 2, `changes ${scene.github.id}`, storm, (name, chance) => {
          const shop = proposing[chance.between(0, proposing.length - 1)];
          return shop && PROPOSAL_DEEDS[name]?.[1](scene, shop, chance);
        });
      }
      if (scene.shops.every(({ cluster }) => cluster === "none")) continue;
      const every = 2 * weather.troubles;
      this.#plan(CLUSTER_TROUBLES, every, `cluster ${scene.github.id}`, storm, (name, chance) => {
        CLUSTER_TROUBLES[name]?.[1](scene, chance, this.#processes);
        return true;
      });
    }
  }

  /** From now on nothing goes wrong any more, and what people broke is whole again. */
  recover(): void {
    this.#storm = false;
    // What failed before is tried again within minutes.
    this.agenda.in(PATIENCE.troubled, () => {
      this.witness.timely.patience = PATIENCE.calm;
    });
    for (const process of this.#processes) process.skew = 0;
    for (const scene of this.scenes) {
      const { github, mesh, source, cluster, gates } = scene;
      gates.recover();
      github.archived = false;
      github.protectedBranches.clear();
      github.reviewed = false;
      github.people.set("alice", "write");
      mesh.stuckUntil = 0;
      mesh.lag = { least: 5_000, most: 40_000 };
      mesh.recover(this.agenda.now);
      source.troubles.length = 0;
      cluster.troubles.length = 0;
      mesh.rejections.length = 0;
      configure(scene, "bob", scene.shops);
      for (const shop of scene.shops) mend(scene, shop);
      // One that has an end must come to it by itself.
      for (const shop of scene.shops)
        if (stateOf(scene, shop)?.freeze?.until === null)
          this.agenda.in(MINUTE, () => say(scene, shop, "bob", "unfreeze"));
      mesh.sync();
    }
    for (const process of this.#processes) process.skew = 0;
    if (!this.#processes.some(({ alive }) => alive)) this.#start();
    for (const replay of this.#replays) replay();
  }

  /** Days later another process runs, and what was delivered then comes again. Nothing is to follow from it. */
  async returnDaysLater(): Promise<void> {
    const { agenda } = this;
    for (const process of [...this.#processes]) process.kill();
    agenda.skip(3 * 24 * 60 * MINUTE);
    this.#start();
    await agenda.run(agenda.now + MINUTE);
    const chance = this.#chance.fork("days later");
    for (const [index, hook] of this.#kept.filter((one) => this.#isDealtWith(one)).entries())
      agenda.in(chance.between(1, 60) * 1000, () => this.#processes[0]?.deliver(`again-${index}`, hook));
    await agenda.run(agenda.now + 3 * MINUTE);
  }

  /** What nobody had heard, because it was lost, is heard for the first time. */
  #isDealtWith({ event, payload }: Webhook): boolean {
    if (event !== "issue_comment") return true;
    const { id } = payload["comment"] as { readonly id: number };
    const where = payload["repository"] as { readonly id: number };
    return this.scenes.some(
      (scene) =>
        scene.github.id === where.id &&
        (isAnswered(scene.github, id) ||
          scene.shops.some((shop) =>
            stateOf(scene, shop)?.handled.some(({ key }) => key === `comment:${id}`),
          )),
    );
  }

  /** The author of a shop ships, waits for what becomes of it, and ships again. */
  #author(scene: Scene, shop: Scene["shops"][number], chance: Chance, until: number): void {
    let shipped = 0;
    let brought = 0;
    const again = (minutes: number) => this.agenda.in(minutes * MINUTE, next);
    const next = () => {
      if (this.agenda.now > until) return;
      const busy = stateOf(scene, shop)?.release !== null;
      if (isBehind(scene, shop) && this.#may(`${shop.name} gets the rest ${++brought}`)) {
        bring(scene, shop, chance.fork(`bring ${brought}`));
      }
      if (busy && !chance.yes(0.04)) {
        again(1);
        return;
      }
      if (!this.#may(`${shop.name} ships ${++shipped}`)) {
        again(3);
        return;
      }
      ship(scene, shop, chance.fork(`ship ${shipped}`));
      again(chance.between(3, 8));
    };
    again(chance.between(1, 4));
  }

  #plan(
    table: Readonly<Record<string, readonly [number, unknown]>>,
    every: number,
    name: string,
    storm: number,
    happen: (name: string, chance: Chance) => ReturnType<Act> | undefined,
  ): void {
    const chance = this.#chance.fork(name);
    const weights = Object.fromEntries(Object.entries(table).map(([what, [weight]]) => [what, weight]));
    let count = 0;
    for (let at = 0; at < storm; ) {
      at += -Math.log(1 - chance.next()) * every * MINUTE;
      if (at >= storm) break;
      const what = chance.weighted(weights);
      const id = `${name} ${++count}: ${what}`;
      const own = chance.fork(`own ${count}`);
      this.agenda.at(BEGIN + at, () => {
        if (!this.#may(id)) return;
        // Who found nothing to do has shown nothing.
        void Promise.resolve(happen(what, own)).then((did) => {
          if (did) this.#meet(what);
        });
      });
    }
  }

  #team(id: number): Scene {
    const { agenda } = this;
    const chance = this.#chance.fork(`team ${id}`);
    const count = Number(chance.weighted({ "1": 9, "2": 9, "3": 2, "4": 1 }));
    const drawn = Array.from({ length: count }, (_, i) =>
      drawShop(`${["checkout", "search", "cart", "ads"][i]}-${id}`, chance.fork(`shop ${i}`), BEGIN),
    );
    const reviewed =
      drawn.some(({ delivery }) => delivery === "pull-request") && chance.fork("reviewed").yes(0.5);
    // Where every change is reviewed, nobody lets the bot commit.
    const shops = reviewed ? drawn.map((shop) => ({ ...shop, delivery: "pull-request" as const })) : drawn;
    const github = new GitHub({ id, now: () => agenda.now, tell: (hook, from) => this.#deliver(hook, from) });
    github.reviewed = reviewed;
    github.showsLog = chance.fork("log").yes(0.9);
    for (const [login, role] of Object.entries(PEOPLE)) github.people.set(login, role);
    const files = new Map(shops.flatMap((shop) => [...filesOf(shop, "v0-good")]));
    github.push(MAIN, "alice", "what we have", files);
    const mesh = new Mesh({ agenda, github, shops, chance: chance.fork("mesh") });
    const source = new Source({ agenda, mesh, shops, chance: chance.fork("source") });
    const cluster = new SimulatedCluster({ agenda, mesh, shops, chance: chance.fork("cluster") });
    const gates = new SimulatedGates({ agenda, github, chance: chance.fork("gates") });
    const scene = { agenda, github, mesh, source, cluster, gates, shops, configs: new Map() };
    // GitHub shows annotations as they are, though it links in them.
    github.hear = (where, text) =>
      this.witness.said(where, text, where === "an annotation" ? "plain" : "Markdown");
    this.witness.watch(scene);
    configure(scene, "alice", shops);
    return scene;
  }

  #start(): void {
    const name = `process ${++this.#born}`;
    this.witness.shown.several = this.#born > 1;
    this.trace(`${name} starts`);
    this.#processes.push(
      new BotProcess(name, {
        agenda: this.agenda,
        chance: this.#chance.fork(name),
        repositories: this.scenes.map(({ github }) => github),
        sources: new Map(this.scenes.map(({ github, source }) => [github, source])),
        clusters: new Map(this.scenes.map(({ github, cluster }) => [github, cluster])),
        gates: new Map(this.scenes.map(({ github, gates }) => [github, gates])),
        faultOf: (call, writes) => this.#faultOf(call, writes),
        baseMoves: (merge) => this.#baseMoves(merge),
        forgetful: this.#forgetful,
        log: (line) => {
          this.witness.logged(line);
          this.trace(`${name}: ${line}`);
        },
        told: (told) => this.witness.told(told),
        died: (process) => {
          this.trace(`${process.name} dies`);
          this.#processes.splice(this.#processes.indexOf(process), 1);
          this.agenda.in(this.#chance.fork(`after ${process.name}`).between(1, 30) * 1000, () =>
            this.#start(),
          );
        },
      }),
    );
  }

  #faultOf(call: string, writes: boolean): CallFault | null {
    if (!this.#storm) return null;
    const chance = this.#chance.fork(call);
    if (!chance.yes(this.#weather().calls)) return null;
    const fault = chance.weighted(CALL_FAULTS);
    if ((writes && fault === "read from the past") || !this.#may(`${call}: ${fault}`)) return null;
    this.#meet(fault);
    const repository = /^4\d\d/.test(fault) && / call \d+ (\S+)/.exec(call)?.[1];
    if (repository) this.witness.obeyed.refusedCall(repository, this.agenda.now);
    return fault;
  }

  #baseMoves(merge: string): boolean {
    if (!this.#storm || this.#weather().calls === 0) return false;
    const moves = this.#chance.fork(merge).yes(0.2) && this.#may(`${merge}: ${BASE_MOVED}`);
    if (moves) this.#meet(BASE_MOVED);
    return moves;
  }

  #deliver(hook: Webhook, { id }: GitHub): void {
    this.#project(hook, id);
    const number = ++this.#deliveries;
    if (number % 10 === 0 && this.#kept.length < KEPT) this.#kept.push(hook);
    const chance = this.#chance.fork(`delivery ${number}`);
    const bad = this.#storm && chance.yes(this.#weather().deliveries);
    const fate = bad ? chance.weighted(DELIVERY_FAULTS) : null;
    const fates = fate !== null && this.#may(`delivery ${number} ${hook.event}: ${fate}`) ? fate : null;
    if (fates !== null) this.#meet(fates);
    const send = (wait: number) =>
      this.agenda.in(wait, () => {
        const processes = this.#processes.filter(({ alive }) => alive);
        const process = processes[chance.between(0, Math.max(0, processes.length - 1))];
        const { github } = this.scenes.find((scene) => scene.github.id === id) ?? {};
        if (github && process && hook.payload["requested_action"])
          this.witness.obeyed.pressed(github, hook.payload, process, this.agenda.now);
        process?.deliver(`delivery-${number}`, hook);
      });
    if (fates === "delivery lost") return;
    if (fates === "delivery late") {
      send(chance.between(10, 900) * 1000);
      return;
    }
    send(chance.between(50, 3000));
    if (fates === "delivery doubled") send(chance.between(50, 20_000));
    // Days later in the world: when the storm is over and everything has moved on.
    if (fates === "delivery replayed long after")
      this.#replays.push(() => send(chance.between(1, 60) * 1000));
  }

  /** What the bot wrote where people read. */
  #project({ event, payload }: Webhook, id: number): void {
    const scene = this.scenes.find(({ github }) => github.id === id);
    const sender = (payload["sender"] as { login?: string } | undefined)?.login;
    if (!scene || sender !== "sluice[bot]") return;
    if (event === "pull_request" && payload["action"] === "opened") {
      const pull = [...scene.github.pulls.values()].at(-1);
      if (!pull) return;
      this.witness.pullOpened(scene, pull.headBranch);
      this.witness.said("a pull request", `${pull.title}\n${pull.body}`, "Markdown");
    }
    const rewritten = event === "issue_comment" && payload["action"] === "edited";
    if (rewritten)
      this.witness.rewritten(payload["comment"] as { readonly user: { readonly login: string } });
    else if (event === "issue_comment") {
      const { body, pull } = [...scene.github.comments.values()].at(-1) ?? { body: "", pull: 0 };
      this.witness.said("a comment", withoutCall(body), "Markdown");
      this.witness.shown.commented(scene.github, pull, body);
    } else if (event === "deployment") {
      const made = [...scene.github.deployments.values()].at(-1);
      if (made) this.witness.shown.deployed(scene.github, made);
    }
  }

  #may(id: string): boolean {
    if (this.#muted.has(id)) return false;
    this.happened.push({ id, at: this.agenda.now });
    this.trace(`* ${id}`);
    return true;
  }

  #meet(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
  }

  #weather(): Weather {
    const weather = WEATHERS[this.weather];
    if (!weather) throw new Error(`no weather ${this.weather}`);
    return weather;
  }
}

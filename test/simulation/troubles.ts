import type { Chance } from "./chance.ts";
import { CLUSTER_FAULTS } from "./cluster.ts";
import { MAIN } from "./github.ts";
import { METRICS_FAULTS } from "./metrics.ts";
import type { BotProcess } from "./process.ts";
import { type Scene, STATE } from "./scene.ts";

/** The world misbehaves for a while. `processes`: those of the bot that run. */
type Trouble = (scene: Scene, chance: Chance, processes: readonly BotProcess[]) => void;

/** The number says how often, beside the others. */
export const TROUBLES: Readonly<Record<string, readonly [number, Trouble]>> = {
  "the metrics source": [
    8,
    ({ source, agenda }, chance) => {
      const fault = chance.pick(METRICS_FAULTS);
      source.troubles.push({ fault, from: agenda.now, to: agenda.now + chance.between(30, 900) * 1000 });
    },
  ],
  "the GitOps tool is stuck": [
    3,
    ({ mesh, agenda }, chance) => {
      mesh.stuckUntil = agenda.now + chance.between(60, 2400) * 1000;
      mesh.strike(mesh.stuckUntil);
    },
  ],
  "the GitOps tool is slow": [
    2,
    ({ mesh }, chance) => {
      mesh.strike(Number.POSITIVE_INFINITY);
      mesh.lag = { least: 60_000, most: chance.between(70, 400) * 1000 };
    },
  ],
  "an outage of both sides": [
    2,
    ({ mesh, agenda }, chance) => {
      const to = agenda.now + chance.between(30, 600) * 1000;
      mesh.outages.push({ from: agenda.now, to });
      mesh.strike(to);
    },
  ],
  "a rule on main": [
    2,
    ({ github, agenda }, chance) => {
      github.protectedBranches.add(MAIN);
      agenda.in(chance.between(30, 1200) * 1000, () => github.protectedBranches.delete(MAIN));
    },
  ],
  "a rule on the state branch": [
    1,
    ({ github, agenda }, chance) => {
      github.protectedBranches.add(STATE);
      agenda.in(chance.between(30, 600) * 1000, () => github.protectedBranches.delete(STATE));
    },
  ],
  "GitHub is down": [
    2,
    ({ github, agenda }, chance) => {
      github.downUntil = agenda.now + chance.between(20, 240) * 1000;
    },
  ],
  "the repository is archived": [
    1,
    ({ github, agenda }, chance) => {
      github.archived = true;
      agenda.in(chance.between(30, 600) * 1000, () => {
        github.archived = false;
      });
    },
  ],
  "the bot is killed": [
    3,
    (_, chance, processes) => {
      const running = processes.filter(({ alive }) => alive);
      running[chance.between(0, Math.max(0, running.length - 1))]?.kill();
    },
  ],
  "the wall clock jumps": [
    1,
    ({ agenda }, chance, processes) => {
      const off = [...processes];
      for (const process of off) process.skew += chance.between(-300, 600) * 1000;
      // Until somebody sets it right.
      agenda.in(chance.between(60, 900) * 1000, () => {
        for (const process of off) process.skew = 0;
      });
    },
  ],
};

/** What happens to a cluster, for teams that have one. */
export const CLUSTER_TROUBLES: Readonly<Record<string, readonly [number, Trouble]>> = {
  "the cluster": [
    1,
    ({ cluster, mesh, shops, agenda }, chance) => {
      const fault = chance.pick(CLUSTER_FAULTS);
      const from = agenda.now;
      const to = from + chance.between(30, 1500) * 1000;
      cluster.troubles.push({ fault, from, to });
      if (fault === "the route is rejected") mesh.rejections.push({ from, to });
      const shop = shops[chance.between(0, shops.length - 1)];
      if (fault === "the live weights are edited" && shop) mesh.edit(shop, chance.pick([0, 0.1, 0.5]));
      agenda.at(to, () => mesh.sync());
    },
  ],
};

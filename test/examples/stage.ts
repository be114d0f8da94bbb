import { type RunningPrometheus, startPrometheus } from "../../dev/prometheus/start.ts";
import { createPrometheus } from "../../src/adapters/prometheus/prometheus.ts";
import type { Evidence } from "../../src/analysis/types.ts";
import { isOpen, nextOpening } from "../../src/config/windows.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import { type Inside, startInside } from "../reconcile/inside.ts";
import { type Example, filesOf, rolloutsOf } from "./files.ts";
import { Story, type Tale } from "./story.ts";

const DAY = 24 * 3_600_000;

/** A GitHub, a Prometheus and told time, in which releases of the examples happen one after the other. */
export class Stage {
  readonly inside: Inside;
  readonly #prometheus: RunningPrometheus;

  private constructor(inside: Inside, prometheus: RunningPrometheus) {
    this.inside = inside;
    this.#prometheus = prometheus;
  }

  static async open(): Promise<Stage> {
    const prometheus = await startPrometheus({ remoteWrite: true });
    // Windows may make a release wait for days, and Prometheus takes no samples of tomorrow.
    return new Stage(await startInside({ validate: false, ago: 14 * DAY }), prometheus);
  }

  async close(): Promise<void> {
    await this.inside.stop();
    await this.#prometheus.stop();
  }

  /** One example's repository and the users of one of its rollouts, who came half an hour ago. */
  async begin(example: Example, name: string, tale: Tale): Promise<Story> {
    const rollout = rolloutsOf(example).find((one) => one.name === name);
    if (!rollout) throw new Error(`${example} has no rollout ${name}`);
    const evidence: Evidence[] = [];
    const team = await this.inside.team({
      files: filesOf(example),
      share: async () => 0,
      failing: async () => 0,
      source: { metrics: this.#metrics(rollout.prometheus, evidence), count() {} },
    });
    const world = { inside: this.inside, server: this.#prometheus.url, evidence };
    const story = new Story({ ...world, team, rollout, tale });
    await story.open();
    return story;
  }

  #metrics(source: string, evidence: Evidence[]): Metrics {
    const at = { url: this.#prometheus.url, auth: { kind: "none" }, headers: {}, timeoutMs: 20_000 } as const;
    const metrics = createPrometheus(new Map([[source, at]]));
    return {
      ...metrics,
      async observe(question) {
        const observation = await metrics.observe(question);
        if (observation.status === "ok") evidence.push(observation.evidence);
        return observation;
      },
    };
  }
}

/** Until the windows of a rollout are open, or shut. */
export function waitFor(story: Story, what: "open" | "shut"): void {
  const { inside, rollout } = story;
  const { windows } = rollout;
  if (what === "open") inside.wait((nextOpening(windows, inside.now()) ?? 0) - inside.now());
  else while (isOpen(windows, inside.now())) inside.wait(600_000);
}

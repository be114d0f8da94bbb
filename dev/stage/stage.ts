import { type GitHub, startGitHub } from "../github/server.ts";
import { gitBranch } from "../mesh/branch.ts";
import { type Load, startLoad } from "../mesh/load.ts";
import { type Mesh, startMesh } from "../mesh/mesh.ts";
import { type RunningPrometheus, startPrometheus } from "../prometheus/start.ts";
import { type BotOptions, type RunningBot, startBot } from "./bot.ts";
import { Person } from "./person.ts";

export type Repository = Awaited<ReturnType<GitHub["createRepository"]>>;

export interface StageOptions {
  readonly files: Readonly<Record<string, string>>;
  readonly meshFiles: Parameters<typeof startMesh>[0]["files"];
  readonly behaviour: Parameters<typeof startMesh>[0]["behaviour"];
  readonly subsets?: { readonly stable: string; readonly canary: string };
  readonly perSecond: number;
  /** More environment for the bot. */
  readonly env?: Readonly<Record<string, string>>;
  /** A Prometheus duration; `1s` by default. */
  readonly scrapeInterval?: string;
  /** From seeing a commit to applying it; 500 ms by default. */
  readonly applyDelayMs?: number;
  /** Where the bot runs; by default the server, as a process. */
  readonly start?: (options: BotOptions & { readonly repository: Repository }) => Promise<Bot>;
  /** Whether every request and response is held to GitHub's published description. */
  readonly validate?: boolean;
}

type Bot = Pick<RunningBot, "url" | "log" | "stop">;

/** Everything a release needs, real and on loopback: GitHub, a mesh with users, Prometheus, the bot. */
export interface Stage {
  readonly github: GitHub;
  readonly repository: Repository;
  readonly mesh: Mesh;
  readonly load: Load;
  readonly prometheus: RunningPrometheus;
  readonly bot: Bot;
  person(login: string): Person;
  stop(): Promise<void>;
}

export async function startStage(options: StageOptions): Promise<Stage> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const github = await startGitHub({ validate: options.validate ?? false });
    stops.push(() => github.close());
    const repository = await github.createRepository({ owner: "acme", name: "shop", files: options.files });
    const mesh = await startMesh({
      source: gitBranch(repository.git.dir, "main"),
      files: options.meshFiles,
      behaviour: options.behaviour,
      ...(options.subsets && { subsets: options.subsets }),
      ...(options.applyDelayMs !== undefined && { applyDelayMs: options.applyDelayMs }),
    });
    stops.push(() => mesh.stop());
    const prometheus = await startPrometheus({
      scrape: [{ job: "mesh", targets: mesh.scrapeTargets, interval: options.scrapeInterval ?? "1s" }],
    });
    stops.push(() => prometheus.stop());
    const load = startLoad({ url: mesh.url, perSecond: options.perSecond });
    stops.push(() => load.stop());
    const bot = await (options.start ?? startBot)({
      github,
      repository,
      prometheus: prometheus.url,
      env: { LOOK_SECONDS: "1", READ_SECONDS: "5", ...options.env },
    });
    stops.push(() => bot.stop());
    github.setWebhook(bot.url);
    return {
      github,
      repository,
      mesh,
      load,
      prometheus,
      bot,
      stop,
      person: (login) => new Person(login, github, repository),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

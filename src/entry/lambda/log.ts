import type { Log } from "../parts.ts";

const LEVELS = ["debug", "info", "warn"] as const;

/** One line of JSON each, as Lambda has its log. */
export function createLog(level: string | undefined): Log {
  const from = level === "trace" ? 0 : LEVELS.findIndex((one) => one === (level || "info"));
  const say = (at: number) => (message: string) => {
    if (from !== -1 && at >= from) console.log(JSON.stringify({ level: LEVELS[at], msg: message }));
  };
  return { debug: say(0), info: say(1), warn: say(2) };
}

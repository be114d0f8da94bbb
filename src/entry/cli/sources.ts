import { parseSources, type SourceConfig } from "../../adapters/prometheus/sources.ts";

type Sources =
  | { readonly ok: true; readonly sources: ReadonlyMap<string, SourceConfig> }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The metrics sources of the environment, at least one, or what is wrong with them. */
export function openSources(): Sources {
  const { sources, problems } = parseSources(process.env);
  if (problems.length > 0) return { ok: false, problems };
  if (sources.size === 0) return { ok: false, problems: [NONE] };
  return { ok: true, sources };
}

const NONE =
  "no metrics source is configured: set PROMETHEUS_URL, such as PROMETHEUS_URL=http://127.0.0.1:9090 (docs/operating.md)";

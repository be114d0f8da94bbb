import { createPrometheus } from "../../adapters/prometheus/prometheus.ts";
import { type Command, textOption } from "./command.ts";
import { openSources } from "./sources.ts";

export const query: Command = {
  name: "query",
  usage: "PROMQL [--source NAME]",
  summary: "check what a `query` SLO gives on a metrics source, and why it gives nothing",
  operands: { min: 1, max: 1 },
  options: {
    source: {
      type: "string",
      help: "NAME: a source of the environment (PROMETHEUS_URL and its like); production unless said",
    },
  },
  async run(input) {
    const [text = ""] = input.operands;
    const name = textOption(input, "source") ?? "production";
    const opened = openSources();
    if (!opened.ok) return opened;
    const checked = await createPrometheus(opened.sources).checkQuery(name, text, Date.now());
    if (checked.status === "ok") return { ok: true, stdout: `${checked.value}\n` };
    return { ok: false, problems: [checked.words] };
  },
};

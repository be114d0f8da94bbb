/** Every word a configuration's problem can carry, with what it means. The reference page is made from this table. */
export const CODES = {
  "too-large": "The file has more than 256 KB or more values than any real configuration.",
  "nul-byte": "The file has a NUL character: it is not text.",
  "yaml-syntax": "The text is not YAML.",
  "yaml-version": "A `%YAML` directive asks for another version than 1.2, in which `on` would mean `true`.",
  "yaml-tag": "A YAML tag such as `!!binary` or `!include`; only plain values are read.",
  "several-documents": "The file holds more than one YAML document.",
  "duplicate-key": "The same key twice in one mapping.",
  "bad-key": "A key that is not plain text, or the reserved `__proto__`.",
  "bad-alias": "A YAML alias without its anchor, one inside itself, or aliases nested too deep.",
  "newer-version": "The file is written for a newer Sluice.",
  "missing-key": "A required key is absent.",
  "unknown-key": "A key nobody reads; the nearest known one is named.",
  "wrong-type": "Text where a number belongs, a list where a mapping belongs, and so on.",
  "unknown-value": "Not one of the words this key takes.",
  "out-of-range": "A number, list or text that is too small or too large.",
  "bad-duration": "Not a duration such as `30s`, `5m` or `1h30m`.",
  "bad-percentage": "Not a percentage such as `5%`.",
  "bad-path": "Not a path relative to the repository's root.",
  "bad-name": "Not a name that its kind of thing can have.",
  "bad-window": "Not days, hours and a time zone such as `Mon-Fri 09:00-17:00 Europe/Berlin`.",
  "bad-zone": "Not a time zone such as `Europe/Berlin`.",
  "bad-schedule": "Not five fields of cron such as `0 9 * * 1-5`, or a time that never comes.",
  "bad-moment": "Not a date such as `2026-12-27`, or one with a time, `2026-12-27T09:00`.",
  "bad-steps":
    "Steps that do not rise to 100 (less the `holdback`), a pause before the first of them, a gate that is asked twice in one step, or a route that is taken away where none stands.",
  conflict: "Two keys that exclude each other, or none of several where one is needed.",
  "duplicate-target": "The same object and route drives two rollouts, or one rollout twice.",
  "misleading-query":
    "PromQL that is one of some common misreadings; what would do is named. Whether it can mean anything at all is asked of the source: by the plan, or by `sluice query`.",
  "metrics-address":
    "An address of a metrics server; the file only names sources, the operator configures them.",
  "cluster-address": "An address of a cluster; the file only names clusters, the operator configures them.",
  "hook-address": "An address of a gate's hook; the file only names hooks, the operator configures them.",
  "not-available": "A word with a meaning that this version does not have.",
} as const;

export type Code = keyof typeof CODES;

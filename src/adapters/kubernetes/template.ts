/** A pod template as git declares it, against the one that the cluster has. */

export interface Declared {
  /** JSON; what it does not say, the server fills in. */
  readonly template: unknown;
  /** What git declared before this version; null: not known. */
  readonly before: unknown;
}

type Path = readonly string[];
type Json = Readonly<Record<string, unknown>>;

/**
 * The field in which the live template is not git's, such as `spec.template.spec.containers[app].env[MODE].value`;
 * null where it has all that git declares, and nothing that git declared before and has taken out. What the server or
 * others added is no difference. Values are not told: a live one may be a secret that git never had.
 */
export function otherField(live: unknown, { template, before }: Declared): string | null {
  const root = ["spec", "template"];
  const path = lacking(live, template, root) ?? left(live, template, before, root);
  return path === null ? null : path.join(".").replaceAll(".[", "[");
}

/** Where `live` does not have all of `wanted`. */
function lacking(live: unknown, wanted: unknown, path: Path): Path | null {
  if (live === undefined || live === null) return isNothing(wanted, path) ? null : path;
  if (isMap(wanted)) {
    if (!isMap(live)) return path;
    for (const [key, value] of Object.entries(wanted)) {
      const found = lacking(live[key], value, [...path, key]);
      if (found) return found;
    }
    return null;
  }
  if (Array.isArray(wanted)) return lackingItem(live, wanted, path);
  if (wanted === null || live === wanted) return null;
  const same = SAMES.some((isSame) => isSame(live, wanted, path));
  return same ? null : path;
}

/** Plain values as they are; objects in their order, with others between them. */
function lackingItem(live: unknown, wanted: readonly unknown[], path: Path): Path | null {
  if (!Array.isArray(live)) return path;
  if (!wanted.every(isMap)) {
    const same = live.length === wanted.length && wanted.every((item, index) => item === live[index]);
    return same ? null : path;
  }
  let from = 0;
  for (const [index, item] of wanted.entries()) {
    // Of several with one name the last counts.
    const key = keyOf(item);
    if (key !== null && wanted.some((later, place) => place > index && keyOf(later) === key)) continue;
    const own = [...path, `[${titleOf(item, index)}]`];
    const at = live.findIndex((one, place) => place >= from && lacking(one, item, own) === null);
    if (at < 0) {
      const other = live.find((one) => isMap(one) && key !== null && keyOf(one) === key);
      return (other && lacking(other, item, own)) || own;
    }
    from = at + 1;
  }
  return null;
}

/** Where `live` still has what was declared `before` and is not any more. */
function left(live: unknown, wanted: unknown, before: unknown, path: Path): Path | null {
  if (isMap(before) && isMap(wanted) && isMap(live)) {
    for (const [key, value] of Object.entries(before)) {
      const own = [...path, key];
      const gone = wanted[key] === undefined || wanted[key] === null;
      const found = gone ? stays(live[key], value, own) : left(live[key], wanted[key], value, own);
      if (found) return found;
    }
  }
  if (Array.isArray(before) && Array.isArray(wanted) && Array.isArray(live)) {
    for (const [index, item] of before.entries()) {
      if (!isMap(item)) continue;
      const own = [...path, `[${titleOf(item, index)}]`];
      const same = (one: unknown) =>
        isMap(one) && (keyOf(item) === null ? lacking(one, item, own) === null : keyOf(one) === keyOf(item));
      const kept = wanted.find(same);
      const now = live.find(same);
      const found = kept ? left(now, kept, item, own) : stays(now, item, own);
      if (found) return found;
    }
  }
  return null;
}

function stays(live: unknown, before: unknown, path: Path): Path | null {
  const put = SERVER_PUTS.get(path.at(-1) ?? "");
  if (isNothing(before, path) || isEmpty(before) || put === ANY || put === before) return null;
  return live !== undefined && live !== null && lacking(live, before, path) === null ? path : null;
}

const ANY = Symbol("any");
/** What stands in a template that does not say it: taking it out of git changes nothing there. */
const SERVER_PUTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["restartPolicy", "Always"],
  ["dnsPolicy", "ClusterFirst"],
  ["schedulerName", "default-scheduler"],
  ["terminationGracePeriodSeconds", 30],
  ["terminationMessagePath", "/dev/termination-log"],
  ["terminationMessagePolicy", "File"],
  // By the image's tag.
  ["imagePullPolicy", ANY],
  ["hostPort", ANY],
  ["protocol", "TCP"],
  ["scheme", "HTTP"],
  ["path", "/"],
  ["timeoutSeconds", 1],
  ["periodSeconds", 10],
  ["successThreshold", 1],
  ["failureThreshold", 3],
  ["defaultMode", 420],
  ["expirationSeconds", 3600],
  ["apiVersion", "v1"],
]);

/** `false` and 0 that the server does not write out; others it keeps, as their absence means something else. */
const ZERO_IS_ABSENT: ReadonlySet<string> = new Set([
  "hostNetwork",
  "hostPID",
  "hostIPC",
  "readOnly",
  "stdin",
  "stdinOnce",
  "tty",
  "initialDelaySeconds",
  "hostPort",
]);

/** Whether leaving it out says the same. */
function isNothing(value: unknown, path: Path): boolean {
  const key = path.at(-1) ?? "";
  if (value === null || value === undefined) return true;
  const no = value === false || value === 0 || (typeof value === "string" && NO.test(value));
  if (no && ZERO_IS_ABSENT.has(key)) return true;
  // An empty directory is a volume, and an empty class of storage is none.
  return isEmpty(value) && key !== "emptyDir" && key !== "storageClassName";
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;
const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The server writes quantities its own way: `1000m` as `1`. */
function sameQuantity(live: unknown, wanted: unknown, path: Path): boolean {
  const [parent = "", key = ""] = path.slice(-2);
  const named =
    ["limits", "requests", "overhead"].includes(parent) || key === "sizeLimit" || key === "divisor";
  if (!named) return false;
  const [one, other] = [amountOf(live), amountOf(wanted)];
  return one !== null && other !== null && Math.abs(one - other) <= 1e-12 * Math.abs(one);
}

function amountOf(value: unknown): number | null {
  const [all, digits, exponent = "", unit = ""] = QUANTITY.exec(String(value)) ?? [];
  if (all === undefined) return null;
  return Number(`${digits}${exponent}`) * (UNITS[unit] ?? 1);
}

/** Kubernetes reads YAML 1.1: `0644` is octal, `yes` is true. */
function isReadSo(live: unknown, wanted: unknown, path: Path): boolean {
  const key = path.at(-1) ?? "";
  if (key === "mode" || key === "defaultMode") return Number.parseInt(String(wanted), 8) === live;
  if (typeof live !== "boolean" || typeof wanted !== "string") return false;
  return (live ? YES : NO).test(wanted);
}

const YES = /^(?:y|yes|on)$/i;
const NO = /^(?:n|no|off)$/i;

/** Kustomize's generators put a hash behind the names of configurations and secrets. */
function isGenerated(live: unknown, wanted: unknown, path: Path): boolean {
  const [parent = "", key = ""] = path.slice(-2);
  const named = key === "secretName" || (key === "name" && /^(configMap|secret)/.test(parent));
  if (!named || typeof live !== "string" || typeof wanted !== "string") return false;
  return live.startsWith(`${wanted}-`) && /^[2456789bcdfghkmt]{10}$/.test(live.slice(wanted.length + 1));
}

/** Flux puts values in for `${NAME}`: what stands around them must be there. */
function isFilledIn(live: unknown, wanted: unknown): boolean {
  const text = String(live);
  if (typeof wanted !== "string" || typeof live === "object" || text.includes("${")) return false;
  const parts = wanted.split(/\$\{[A-Za-z_]\w*(?::?[-=+?][^}]*)?\}/);
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (parts.length < 2 || !text.startsWith(first)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/** Ways in which values are the same though they are written otherwise. */
const SAMES: readonly ((live: unknown, wanted: unknown, path: Path) => boolean)[] = [
  sameQuantity,
  isReadSo,
  isGenerated,
  isFilledIn,
];

/** What tells the items of a list apart, as strategic merges do it; null where nothing does. */
function keyOf(item: Json): string | null {
  const key = ["mountPath", "devicePath", "containerPort", "name", "ip"].find(
    (one) => item[one] !== undefined,
  );
  if (key === undefined) return null;
  return JSON.stringify([key, item[key], key === "containerPort" ? (item["protocol"] ?? "TCP") : null]);
}

function titleOf(item: Json, index: number): string {
  const { name, mountPath, containerPort } = item;
  return String(mountPath ?? name ?? containerPort ?? index);
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

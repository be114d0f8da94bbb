/** From the root of a pod template: keys, and items of lists by what tells them apart. */
export type Path = readonly (string | { readonly item: string })[];

const NAME_MAX = 60;

/** `container app's env LOG_LEVEL`, `annotation prometheus.io/scrape`, `the pod's nodeSelector.zone`. Never a value. */
export function placeName(path: Path): string {
  const [root, list, item] = path;
  if (root === "metadata" && list === "annotations" && typeof item === "string") {
    return `annotation ${shown(item)}`;
  }
  if (root !== "spec") return `the template's ${within(path)}`;
  const what = typeof list === "string" ? THINGS.get(list) : undefined;
  if (what === undefined || typeof item !== "object") return `the pod's ${within(path.slice(1))}`;
  const thing = `${what} ${shown(item.item)}`;
  const rest = path.slice(3);
  return rest.length === 0 ? thing : `${thing}'s ${within(rest)}`;
}

const THINGS: ReadonlyMap<string, string> = new Map([
  ["containers", "container"],
  ["initContainers", "init container"],
  ["volumes", "volume"],
]);

/** A variable is called by its name, whatever of it changed. */
function within(path: Path): string {
  const variable = path.findIndex((_, index) => path[index - 1] === "env" && index > 0);
  const parts = variable < 0 ? path : path.slice(0, variable + 1);
  return parts
    .map((part, index) =>
      typeof part === "string" ? `${index === 0 ? "" : "."}${shown(part)}` : ` ${shown(part.item)}`,
    )
    .join("");
}

/** Somebody's word, short and without what a sentence with code spans would stumble over. */
function shown(name: string): string {
  const clean = name.slice(0, 4 * NAME_MAX).replaceAll(/[`\p{Cc}]/gu, "·");
  return clean.length > NAME_MAX ? `${clean.slice(0, NAME_MAX)}…` : clean;
}

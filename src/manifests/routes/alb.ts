import type { HeaderRoute } from "../../config/types.ts";
import { insertItem, insertKey, removeItems, removeKeys } from "../items.ts";
import { at, itemsOf, type Place, textOf } from "../place.ts";
import { success } from "../result.ts";
import { get, put, sameTree, type Tree, tree, treeOf } from "../tree.ts";
import { conditionOf } from "./condition.ts";
import { collect } from "./header-rules.ts";
import { isObject, parsed, replaced, under, without } from "./loose-json.ts";
import {
  ABSENT,
  nameOf,
  type Routes,
  type RouteWay,
  refused,
  type SplitAt,
  type Standing,
  WRITTEN,
} from "./way.ts";

const PREFIX = "alb.ingress.kubernetes.io/";
/** AWS's own limits. */
const MOST_VALUES = 5;
const LONGEST_VALUE = 128;

/**
 * An action of its own, with the conditions of the split's and the header, and before each path of the split's
 * the same path for it: of equal paths the first one written gets a request.
 */
const header: RouteWay<HeaderRoute> = {
  where: `metadata.annotations["${PREFIX}actions.sluice-NAME"] and ["${PREFIX}conditions.sluice-NAME"], with a path before each of the split's`,
  find(split, route): Standing {
    const { paths, annotations } = ours(split, route);
    const first = paths[0]?.place ?? annotations[0]?.[1];
    if (first === undefined) return ABSENT;
    const wanted = wantedFor(split, route);
    if (typeof wanted === "string") return { is: "changed", at: first };
    const isWritten =
      paths.length === wanted.paths.length &&
      wanted.paths.every(({ path }) => paths.some(({ place }) => says(place, path))) &&
      wanted.annotations.every(([key, text]) => textOf(at(annotationsOf(split), key)) === text);
    return isWritten ? WRITTEN : { is: "changed", at: first };
  },
  add(split, route) {
    const wanted = wantedFor(split, route);
    const annotations = annotationsOf(split);
    if (typeof wanted === "string" || annotations === null) {
      const why = typeof wanted === "string" ? wanted : "it has no annotations";
      return refused(
        split.canary.place,
        `the header route "${route.name}" cannot stand beside this split of ${split.words}: ${why}`,
      );
    }
    return collect([
      ...wanted.annotations.map(([key, text]) =>
        insertKey(annotations, key, { is: "scalar", value: text, bytes: `'${text.replaceAll("'", "''")}'` }),
      ),
      ...wanted.paths.map(({ list, index, path }) => insertItem(list, index, path)),
    ]);
  },
  items: () => [],
  remove(split, route) {
    const { paths, annotations } = ours(split, route);
    const map = annotationsOf(split);
    const keys = annotations.map(([key]) => key);
    const lists = new Set(paths.map(({ list }) => list));
    const blocks = collect([
      ...[...lists].map((list) => {
        const own = paths.filter((path) => path.list === list);
        return removeItems(
          list,
          own.map(({ place }) => place),
        );
      }),
      ...(map === null || keys.length === 0 ? [] : [removeKeys(map, keys)]),
    ]);
    return blocks.ok ? success(blocks.value.flat()) : blocks;
  },
};

/** What of the route is there, by its name alone. */
function ours(split: SplitAt, route: HeaderRoute) {
  const map = annotationsOf(split);
  const annotations = keysOf(route).flatMap((key) => {
    const place = at(map, key);
    return place === null ? [] : [[key, place] as const];
  });
  const paths = pathsOf(split).filter(({ place }) => serviceOf(place) === nameOf(route));
  return { annotations, paths };
}

interface Wanted {
  readonly annotations: readonly (readonly [string, string])[];
  readonly paths: readonly { readonly list: Place; readonly index: number; readonly path: Tree }[];
}

function wantedFor(split: SplitAt, route: HeaderRoute): Wanted | string {
  const map = annotationsOf(split);
  const name = split.rule.name;
  const action = parsed(textOf(at(map, `${PREFIX}actions.${name}`)));
  const config = under(action, "forwardConfig");
  const groups = under(config, "targetGroups");
  const group = Array.isArray(groups) ? groups[split.rule.arms.indexOf(split.canary)] : null;
  if (!isObject(action) || !isObject(config) || !isObject(group)) return "its action cannot be read";
  const condition = headerCondition(route);
  if (typeof condition === "string") return condition;
  const own = parsed(textOf(at(map, `${PREFIX}conditions.${name}`)) ?? "[]");
  if (!Array.isArray(own)) return "its conditions cannot be read";
  const paths = pathsOf(split).flatMap(({ list, place, index }) => {
    const copy = serviceOf(place) === name && isAction(place) ? renamed(place, nameOf(route)) : null;
    return copy === null ? [] : [{ list, index, path: copy }];
  });
  if (paths.length === 0) return "no path of this Ingress has it as its service with the port use-annotation";
  const forward = replaced(config, "targetGroups", [without(group, "weight")]);
  const texts = [
    JSON.stringify(replaced(action, "forwardConfig", forward)),
    JSON.stringify([...own, condition]),
  ];
  return { annotations: keysOf(route).map((key, index) => [key, texts[index] ?? ""]), paths };
}

/** One header with several values is one condition. */
function headerCondition({ match }: HeaderRoute): object | string {
  const conditions = match.map(conditionOf);
  const [first, other] = new Set(conditions.map(({ header }) => header.toLowerCase()));
  if (first === undefined || other !== undefined) return "an ALB takes one header, with several values";
  if (conditions.some(({ how }) => how === "regex"))
    return "an ALB compares headers with texts: no regex, no cookie";
  const values = conditions.map(({ how, text }) => (how === "prefix" ? `${text}*` : text));
  if (conditions.some(({ text }) => /[*?\\]/.test(text))) return "an ALB takes * and ? for any characters";
  if (values.length > MOST_VALUES || values.some(({ length }) => length > LONGEST_VALUE)) {
    return `an ALB takes ${MOST_VALUES} values of ${LONGEST_VALUE} characters`;
  }
  const name = conditions[0]?.header;
  return { field: "http-header", httpHeaderConfig: { httpHeaderName: name, values } };
}

function keysOf(route: HeaderRoute): readonly string[] {
  return ["actions", "conditions"].map((what) => `${PREFIX}${what}.${nameOf(route)}`);
}

function annotationsOf({ object }: SplitAt): Place | null {
  return at(object, "metadata", "annotations");
}

function pathsOf({ object }: SplitAt) {
  return itemsOf(at(object, "spec", "rules")).flatMap((rule) => {
    const list = at(rule, "http", "paths");
    return list === null ? [] : itemsOf(list).map((place, index) => ({ list, place, index }));
  });
}

/** In the words of either version of an Ingress. */
function serviceOf(path: Place): string | null {
  return textOf(at(path, "backend", "service", "name")) ?? textOf(at(path, "backend", "serviceName"));
}

function isAction(path: Place): boolean {
  const port = textOf(at(path, "backend", "service", "port", "name"));
  return (port ?? textOf(at(path, "backend", "servicePort"))) === "use-annotation";
}

function renamed(path: Place, name: string): Tree | null {
  const copy = treeOf(path);
  const backend = get(copy, "backend");
  const service = get(backend, "service");
  if (copy === null || backend === null) return null;
  const to =
    service === null
      ? put(backend, "serviceName", name)
      : put(backend, "service", put(service, "name", name));
  return put(copy, "backend", to);
}

function says(place: Place, asked: Tree): boolean {
  const found = treeOf(place);
  return found !== null && sameTree(found, tree(asked));
}

export const albRoutes: Routes = { header };

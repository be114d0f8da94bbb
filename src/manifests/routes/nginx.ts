import type { HeaderRoute } from "../../config/types.ts";
import { insertKey, removeKeys } from "../items.ts";
import { at, type Place, textOf } from "../place.ts";
import { success } from "../result.ts";
import { tree } from "../tree.ts";
import { anchoredRegex, conditionOf } from "./condition.ts";
import { collect } from "./header-rules.ts";
import { ABSENT, type Routes, type RouteWay, refused, WRITTEN } from "./way.ts";

const PREFIX = "nginx.ingress.kubernetes.io/";
const KEYS = ["canary-by-header", "canary-by-header-value", "canary-by-header-pattern", "canary-by-cookie"];

type Annotations = readonly (readonly [string, string])[];

/** The canary Ingress takes one header and one cookie; either is looked at before the weight. */
const header: RouteWay<HeaderRoute> = {
  where: `metadata.annotations["${PREFIX}canary-by-header"] with -value or -pattern, ["${PREFIX}canary-by-cookie"] for \`always\``,
  find(split, route) {
    const asked = annotationsFor(route);
    const place = at(split.object, "metadata", "annotations");
    const there = KEYS.filter((key) => at(place, PREFIX + key) !== null);
    const mine = typeof asked === "string" ? [] : asked.map(([key]) => key);
    if (place === null || typeof asked === "string" || !mine.some((key) => there.includes(key))) {
      return ABSENT;
    }
    const isWritten = asked.every(([key, value]) => textOf(at(place, PREFIX + key)) === value);
    return isWritten && there.length === mine.length ? WRITTEN : { is: "changed", at: place };
  },
  add(split, route) {
    const asked = annotationsFor(route);
    const place = at(split.object, "metadata", "annotations");
    const cannot = (why: string) =>
      refused(
        place ?? split.object,
        `the header route "${route.name}" cannot stand beside this split of ${split.words}: ${why}`,
      );
    if (typeof asked === "string") return cannot(asked);
    if (place === null) return cannot("it has no annotations");
    const taken = KEYS.find((key) => at(place, PREFIX + key) !== null);
    if (taken !== undefined) return cannot(`it has ${PREFIX}${taken} already, and takes one`);
    return collect(asked.map(([key, value]) => insertKey(place, PREFIX + key, quoted(value))));
  },
  items(split, route) {
    const asked = annotationsFor(route);
    const map = at(split.object, "metadata", "annotations");
    if (map === null || typeof asked === "string" || !isOurs(map, asked)) return [];
    const keys = asked.map(([key]) => PREFIX + key).filter((key) => at(map, key) !== null);
    return keys.length === 0 ? [] : [{ in: "keys", map, keys }];
  },
  remove(split, route) {
    const asked = annotationsFor(route);
    const place = at(split.object, "metadata", "annotations");
    if (place === null || typeof asked === "string" || !isOurs(place, asked)) return success([]);
    const keys = asked.map(([key]) => PREFIX + key).filter((key) => at(place, key) !== null);
    return keys.length === 0 ? success([]) : removeKeys(place, keys);
  },
};

/** What is there of the route says what the route says. */
function isOurs(place: Place, asked: Annotations): boolean {
  return asked.every(([key, value]) => [null, value].includes(textOf(at(place, PREFIX + key))));
}

/** Annotations are text, whatever they look like. */
function quoted(value: string) {
  return { ...tree(value), is: "scalar", value, bytes: JSON.stringify(value) } as const;
}

function annotationsFor(route: HeaderRoute): Annotations | string {
  const headers = route.match.filter((match) => match.in === "header");
  const cookies = route.match.filter((match) => match.in === "cookie");
  if (headers.length > 1 || cookies.length > 1) return "ingress-nginx takes one header and one cookie";
  const odd = cookies.find(({ value }) => value.how !== "exact" || value.text !== "always");
  if (odd !== undefined) {
    return `ingress-nginx looks for the value "always" in a cookie and no other: set the cookie ${odd.name} to that`;
  }
  return [
    ...headers.flatMap((match): Annotations => {
      const condition = conditionOf(match);
      const value =
        condition.how === "exact"
          ? (["canary-by-header-value", condition.text] as const)
          : (["canary-by-header-pattern", anchoredRegex(condition)] as const);
      return [["canary-by-header", match.name], value];
    }),
    ...cookies.map((match) => ["canary-by-cookie", match.name] as const),
  ];
}

export const nginxRoutes: Routes = {
  header,
  mirror: {
    cannot: `ingress-nginx mirrors by ${PREFIX}mirror-target of the main Ingress, which is another object`,
  },
};

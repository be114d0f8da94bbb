import { type Checked, quoted, refuse, written } from "./fields.ts";

/** Image references by the registries' own grammar: `NAME:TAG`, `NAME@DIGEST`, `NAME:TAG@DIGEST`. */

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const DOMAIN = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const NAME = new RegExp(`^(?:${DOMAIN}(?:\\.${DOMAIN})*(?::[0-9]{1,5})?/)?${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const BEHIND = new RegExp(`^(?::${TAG})?(?:@sha256:[0-9a-f]{64})?$`);
const LONGEST_NAME = 255;

/** What a pattern of tags may have in it, and what it stands for. */
const PLACES = { "{sha}": 40, "{short}": 7 } as const;

/** Whether `image` is that name with a tag or a digest behind it, and nothing else. */
export function isImageOf(name: string, image: string): boolean {
  if (!image.startsWith(name)) return false;
  const behind = image.slice(name.length);
  return behind !== "" && BEHIND.test(behind);
}

/** Whether a workload's image has that name, whatever its tag; one without any is meant too. */
export function hasImageName(name: string, image: string): boolean {
  return image === name || isImageOf(name, image);
}

/** The image that a pattern of tags gives for a commit. */
export function imageAt(name: string, pattern: string, commit: string): string {
  return `${name}:${tagAt(pattern, commit)}`;
}

function tagAt(pattern: string, commit: string): string {
  return Object.entries(PLACES).reduce(
    (tag, [place, digits]) => tag.replaceAll(place, commit.slice(0, digits)),
    pattern,
  );
}

/** The whole SHA that an image's tag has by its pattern; null where it has none. */
export function commitIn(name: string, pattern: string, image: string): string | null {
  for (const sha of image.match(/(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/g) ?? []) {
    if (image.split("@", 1)[0] === imageAt(name, pattern, sha)) return sha;
  }
  return null;
}

export function imageName() {
  return written<string>(
    { title: "image name", pattern: NAME.source },
    "Write an image's name such as `ghcr.io/acme/checkout`.",
    (value): Checked<string> => {
      if (isName(value)) return { value };
      const bare = bareOf(value);
      const advice =
        bare !== value && isName(bare)
          ? `Leave out the tag or digest: \`${bare}\`.`
          : "Write it as the workload does, without tag: `ghcr.io/acme/checkout`.";
      return refuse("bad-name", `${quoted(value)} is no image name. ${advice}`);
    },
  );
}

function isName(value: string): boolean {
  return value.length <= LONGEST_NAME && NAME.test(value);
}

/** Without digest and tag. Searched for, not matched: anybody may propose a value that a pattern takes minutes for. */
function bareOf(value: string): string {
  const [tagged = ""] = value.split("@", 1);
  const tag = tagged.indexOf(":", tagged.lastIndexOf("/") + 1);
  return tag < 0 ? tagged : tagged.slice(0, tag);
}

export function tagPattern() {
  return written<string>(
    { title: "tag" },
    "Write a tag such as `{sha}` or `sha-{short}`, in quotes.",
    (value) => {
      const places = Object.keys(PLACES);
      if (!places.some((place) => value.includes(place))) {
        return refuse("out-of-range", `It must have ${places.map((place) => `\`${place}\``).join(" or ")}.`);
      }
      return new RegExp(`^${TAG}$`).test(tagAt(value, "0".repeat(40)))
        ? { value }
        : refuse(
            "bad-name",
            `${quoted(value)} is no tag: letters, digits, \`_\`, \`.\` and \`-\`, up to 128.`,
          );
    },
  );
}

import { createHash } from "node:crypto";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { ObjectType } from "./batch.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
  /** Epoch seconds. */
  readonly at: number;
}
export interface CommitObject {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}
export interface TreeItem {
  readonly mode: string;
  readonly name: string;
  readonly oid: string;
}

let serial = 0;

/** Writes one loose object as git does (a process per blob would be the slowest part of every commit). */
export async function writeObject(dir: string, type: ObjectType, content: Buffer): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const oid = createHash("sha1").update(whole).digest("hex");
  const folder = join(dir, "objects", oid.slice(0, 2));
  const file = join(folder, oid.slice(2));
  if (
    await stat(file).then(
      () => true,
      () => false,
    )
  ) {
    return oid;
  }
  await mkdir(folder, { recursive: true });
  serial += 1;
  const temporary = join(folder, `tmp_${process.pid}_${serial}`);
  await writeFile(temporary, deflateSync(whole, { level: 1 }), { mode: 0o444 });
  await rename(temporary, file);
  return oid;
}

export function treeType(mode: string): "tree" | "commit" | "blob" {
  if (mode === "40000" || mode === "040000") return "tree";
  return mode === "160000" ? "commit" : "blob";
}

export function parseTree(content: Buffer): TreeItem[] {
  const items: TreeItem[] = [];
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(32, at);
    const nul = content.indexOf(0, space);
    items.push({
      mode: content.subarray(at, space).toString(),
      name: content.subarray(space + 1, nul).toString(),
      oid: content.subarray(nul + 1, nul + 21).toString("hex"),
    });
    at = nul + 21;
  }
  return items;
}

export function encodeTree(items: readonly TreeItem[]): Buffer {
  // git orders a folder as if its name ended in a slash.
  const key = (item: TreeItem) => Buffer.from(treeType(item.mode) === "tree" ? `${item.name}/` : item.name);
  return Buffer.concat(
    [...items]
      .sort((a, b) => Buffer.compare(key(a), key(b)))
      .flatMap((item) => [
        Buffer.from(`${item.mode.replace(/^0+/, "")} ${item.name}\0`),
        Buffer.from(item.oid, "hex"),
      ]),
  );
}

function encodePerson(person: Person): string {
  const clean = (text: string) => text.replace(/[<>\n\0]/g, "").trim();
  return `${clean(person.name)} <${clean(person.email)}> ${person.at} +0000`;
}

export function encodeCommit(commit: Omit<CommitObject, "oid">): Buffer {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${encodePerson(commit.author)}`,
    `committer ${encodePerson(commit.committer)}`,
  ];
  return Buffer.from(`${lines.join("\n")}\n\n${commit.message}`);
}

function parsePerson(text: string): Person {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(text);
  return { name: match?.[1] ?? text, email: match?.[2] ?? "", at: Number(match?.[3] ?? 0) };
}

export function parseCommit(oid: string, content: Buffer): CommitObject {
  const text = content.toString();
  const split = text.indexOf("\n\n");
  const head = split < 0 ? text : text.slice(0, split);
  const values = (name: string) =>
    head
      .split("\n")
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1));
  return {
    oid,
    tree: values("tree")[0] ?? "",
    parents: values("parent"),
    author: parsePerson(values("author")[0] ?? ""),
    committer: parsePerson(values("committer")[0] ?? ""),
    message: split < 0 ? "" : text.slice(split + 2),
  };
}

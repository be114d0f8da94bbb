/** As GitHub's runner finds them (ActionCommand.cs): the newer form behind white space, the older one anywhere in a line. */
export function commandsIn(printed: string): readonly string[] {
  return printed.split(/\r\n|\r|\n/).filter((line) => /^\s*::/.test(line) || line.includes("##["));
}

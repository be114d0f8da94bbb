/** One subcommand: its row in the table makes its parser, its help and its run. */
export interface Command {
  readonly name: string;
  /** Behind the name in the usage line, such as `FILE [--json]`: first the operands it needs, a word each. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  /** How many words that are not options it takes. */
  readonly operands: { readonly min: number; readonly max: number };
  run(input: Input): Promise<Outcome>;
}

export interface Option {
  readonly type: "string" | "boolean";
  /** What it says in the help; upper case for the value, such as `NAME: …`. */
  readonly help: string;
}

export interface Input {
  readonly operands: readonly string[];
  /** Given options only. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** What a command has to say. The command line writes it, harmless to a terminal and a runner, and sets the exit code. */
export type Outcome =
  /** Exit code 0. `notes` go to stderr, a line each. A `verbatim` stdout is a file's text, written byte for byte. */
  | {
      readonly ok: true;
      readonly stdout: string;
      readonly verbatim?: true;
      readonly notes?: readonly string[];
    }
  /** Exit code 1, one line each on stderr: `file:line:column: message`. `stdout` is what there is to show all the same. */
  | { readonly ok: false; readonly problems: readonly string[]; readonly stdout?: string }
  /** Exit code 2: the command was called wrongly. */
  | { readonly ok: "usage"; readonly message: string };

/** An option that takes a value; undefined when it was not given. */
export function textOption(input: Input, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === "string" ? value : undefined;
}

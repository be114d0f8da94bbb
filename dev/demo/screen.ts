import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** What the demo prints: one line an event, with the time since it began. */
export class Screen {
  readonly #began = Date.now();

  /** Somebody did something, or the story goes on. */
  tell(text: string): void {
    this.#line("bold", text);
  }

  /** What the bot did. */
  act(text: string): void {
    this.#line("cyan", text);
  }

  /** What the bot recorded about itself. */
  note(text: string): void {
    this.#line("dim", text);
  }

  /** Lines that belong to the one before. */
  detail(lines: readonly string[], style: Style = "dim"): void {
    for (const line of lines) console.log(`         ${styleText(style, line)}`);
  }

  diff(lines: readonly string[]): void {
    for (const line of lines) {
      const style = line.startsWith("-") ? "red" : line.startsWith("+") ? "green" : "dim";
      console.log(`         ${styleText(style, line)}`);
    }
  }

  heading(text: string): void {
    console.log(`\n${styleText(["bold", "underline"], text)}`);
  }

  plain(text = ""): void {
    console.log(text);
  }

  #line(style: Style, text: string): void {
    const seconds = Math.floor((Date.now() - this.#began) / 1000);
    const clock = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    console.log(`${styleText("dim", clock)}  ${styleText(style, text)}`);
  }
}

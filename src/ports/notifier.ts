import type { Notice } from "../release/notices.ts";

/** A notice with the place that it comes from. */
export interface Told extends Notice {
  readonly rollout: string;
  /** One line of our own words: `checkout#7 failed at 25 %`. */
  readonly title: string;
  readonly repository: {
    /** `acme/shop` */
    readonly name: string;
    /** `https://github.com/acme/shop` */
    readonly url: string;
  };
}

/** Tells people outside GitHub. */
export interface Notifier {
  /** Takes it over at once and never throws: what cannot be delivered is said in the log, and holds nothing up. */
  notify(told: Told): void;
}

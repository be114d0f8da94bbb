import { type Act, say } from "./people.ts";
import { configure, type Person, stateOf } from "./scene.ts";
import { written } from "./shop.ts";

const MINUTE = 60_000;

/** The people who look at the calendar: what they do about it, and how often beside the others. */
export const CALENDAR: Readonly<Record<string, readonly [number, Act]>> = {
  "a freeze until further notice": [
    3,
    (scene, shop, chance) => {
      const reason = chance.pick(["", ' "holidays"', ' "@everyone stop: fixes #1 <img src=x>"']);
      const who = chance.pick<Person>(["alice", "bob", "bob", "mallory", "helper[bot]"]);
      const said = say(scene, shop, who, `freeze${reason}`);
      if (chance.yes(0.5))
        scene.agenda.in(chance.between(5, 40) * 1000, () =>
          say(scene, shop, "bob", chance.pick(["100", "100", "promote", "start"])),
        );
      scene.agenda.in(chance.between(1, 20) * MINUTE, () => say(scene, shop, "bob", "unfreeze"));
      return said !== null;
    },
  ],
  "a freeze until some time": [
    4,
    (scene, shop, chance) => {
      const until = written(scene.agenda.now + chance.between(1, 25) * MINUTE);
      return say(scene, shop, chance.pick(["alice", "bob"]), `freeze until ${until} "migration"`) !== null;
    },
  ],
  "an end of a freeze": [
    2,
    (scene, shop, chance) => say(scene, shop, chance.pick(["alice", "bob"]), "unfreeze") !== null,
  ],
  "an order in a freeze": [
    3,
    (scene, shop, chance) => {
      if (!stateOf(scene, shop)?.freeze) return false;
      const words = chance.pick(["promote", "100", "start", "retry", "approve", "0", "rollback"]);
      return say(scene, shop, "bob", words) !== null;
    },
  ],
  "a planned start": [
    3,
    (scene, shop, chance) => {
      if (stateOf(scene, shop)?.release) return false;
      const at = written(scene.agenda.now + chance.between(1, 15) * MINUTE);
      const said = say(scene, shop, chance.pick(["alice", "bob"]), `start at ${at}`);
      if (chance.yes(0.2)) scene.agenda.in(2 * MINUTE, () => say(scene, shop, "bob", "cancel"));
      return said !== null;
    },
  ],
  "a freeze written into the configuration": [
    4,
    (scene, any, chance) => {
      const shop = scene.shops.find((one) => stateOf(scene, one)?.release) ?? any;
      const from = MINUTE * Math.floor(scene.agenda.now / MINUTE);
      const freeze = { from, to: from + chance.between(6, 25) * MINUTE };
      const frozen = { ...shop, freezes: [...shop.freezes, freeze] };
      const shops = scene.shops.map((other) => (other === shop ? frozen : other));
      const came = configure(scene, "alice", shops);
      if (chance.yes(0.5))
        scene.agenda.in(chance.between(2, 20) * MINUTE, () => configure(scene, "bob", scene.shops));
      return came;
    },
  ],
};

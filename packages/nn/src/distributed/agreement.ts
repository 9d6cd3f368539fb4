/** @file Whether and why training ends, which several ranks must find at the same batch. */
import type { Pace } from "../metrics.ts";
import type { RankExchange } from "./rank-exchange.ts";

/** Why a rank wants to end: its callback's reason, or that it was interrupted. */
type Wish = string | { readonly interrupted: true };

/** What the ranks have agreed on. They ask each other where their readings have arrived, and nothing else is under way. */
export class Agreement {
  readonly #ranks: RankExchange;
  readonly #wish: () => Wish | null;
  #agreed: Wish | null = null;

  /** @param wish what this rank wants now; `null` to go on */
  constructor(ranks: RankExchange, wish: () => Wish | null) {
    this.#ranks = ranks;
    this.#wish = wish;
  }

  /** As `TrainingContext.ending`. */
  get ending(): string | null {
    return typeof this.#agreed === "object" && this.#agreed !== null ? "interrupted" : this.#agreed;
  }

  /** The reason that a callback gave. */
  get stopped(): string | null {
    return typeof this.#agreed === "string" ? this.#agreed : null;
  }

  /** Rank 0 sets the pace, by its own clock. */
  readonly pace: Pace = async (unread) => {
    const [told] = await this.settle(unread);
    return told!;
  };

  /** Asks all ranks; the first that wishes to end decides. Gives what each has told. */
  async settle(told = 0): Promise<number[]> {
    const wish = this.#wish();
    const words = await this.#ranks.gather(Int32Array.of(told, wish === null ? 0 : 1));
    const wanted = words.some((word, i) => i % 2 === 1 && word !== 0);
    if (wanted) this.#agreed ??= (await this.#ranks.gatherJson(wish)).find((each) => each !== null) ?? null;
    return [...words].filter((_, i) => i % 2 === 0);
  }
}

// The two assertions of these tests. Both do their work while compiling and nothing at run time.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile unless both types are the same, optional and readonly marks included. */
export declare function same<A, B>(...proof: Equal<A, B> extends true ? [] : [never]): void;

/** Does not compile unless the value has exactly this type: `typed<string>()(value)`. */
export declare function typed<Wanted>(): <Found>(
  value: Found,
  ...proof: Equal<Wanted, Found> extends true ? [] : [never]
) => void;

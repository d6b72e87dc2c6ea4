// The extent of the tests: everything for a release (`make test-all`), otherwise a representative part.

/** Whether the tests run at full length. */
export const atLength = process.env.TEST_EXTENT === "all";

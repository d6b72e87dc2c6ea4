// How much is tested: all of it for a release (`make test-all`), otherwise what stands for the rest.

/** Whether the tests run at full length. */
export const atLength = process.env.TEST_EXTENT === "all";

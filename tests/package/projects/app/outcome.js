// What every bundled project does with the package: a check, a call, and an error, or why that failed.
export async function outcome(consul) {
  try {
    await consul.init();
    const answering = (status, body) => ({
      address: "http://consul.example",
      fetch: async () => new Response(body, { status }),
    });
    return {
      rules: consul.validatePeerName("EU").map(({ rule }) => rule),
      list: await consul.list(answering(200, "[]")),
      code: await consul.list(answering(403, "ACL not found")).catch(({ code }) => code),
    };
  } catch (error) {
    return { error: error.message };
  }
}

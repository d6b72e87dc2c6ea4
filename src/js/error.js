// A class of its own has to extend Error in JavaScript: wasm-bindgen cannot.
export class PeeringError extends Error {
  constructor(message, details, cause) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, details);
  }

  // `JSON.stringify` alone would leave out name and message.
  toJSON() {
    return { name: this.name, message: this.message, ...this };
  }
}
// A minifier renames classes, and the name is what `isPeeringError` and logs go by.
for (const named of [PeeringError, PeeringError.prototype]) {
  Object.defineProperty(named, "name", { value: "PeeringError", configurable: true, writable: true });
}

// By name, so that it holds across realms and copies of the package.
export function isPeeringError(error) {
  try {
    return typeof error === "object" && error?.name === "PeeringError" && typeof error.code === "string";
  } catch {
    return false; // a proxy, or a getter that throws
  }
}

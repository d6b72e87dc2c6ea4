// Runs one family of measurements in its own process, and sends its rows to the parent: family.js NAME OPTIONS.
const [name, options] = process.argv.slice(2);
const { default: measure } = await import(new URL(`${name}.js`, import.meta.url));
const rows = await measure(JSON.parse(options));
process.send(rows, () => process.disconnect());

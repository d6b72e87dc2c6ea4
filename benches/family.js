// One family of measurements in a process of its own, which tells its rows: family.js NAME OPTIONS.
const [name, options] = process.argv.slice(2);
const { default: measure } = await import(new URL(`${name}.js`, import.meta.url));
const rows = await measure(JSON.parse(options));
process.send(rows, () => process.disconnect());

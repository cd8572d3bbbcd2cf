// Reads manifests as an API server would, and holds each document against the schema of its kind. No network, no files but the schemas.
//   stdin:  {"packages": DIR, "schemas": DIR or null, "texts": {NAME: YAML}}
//   stdout: {NAME: {"documents": [...], "faults": [...]}}
// A ConfigMap's entries that are YAML or JSON come parsed as well, under "$data". Texts named Chart.yaml are held against the chart's schema.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const { packages, schemas, texts } = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(packages + '/');
const YAML = require('yaml');
const Ajv = require('ajv').default;

const validators = new Map();
const ajv = schemas && new Ajv({ strict: false, unicodeRegExp: false, allErrors: true, validateSchema: false });
if (ajv) require('ajv-formats').default(ajv);
const index = schemas && JSON.parse(readFileSync(`${schemas}/index.json`, 'utf8'));

function load(file, pointer = '') {
  if (!ajv.getSchema(file)) ajv.addSchema(JSON.parse(readFileSync(`${schemas}/${file}`, 'utf8')), file);
  return ajv.getSchema(file + pointer);
}

function validatorOf(key) {
  if (!validators.has(key)) {
    const place = key === 'Chart.yaml' ? { file: 'schemastore/chart.json' } : index[key];
    validators.set(key, place && load(place.file, place.pointer ?? ''));
  }
  return validators.get(key);
}

function hold(key, document, faults) {
  if (!ajv) return;
  const validate = validatorOf(key);
  const name = `${key} ${document?.metadata?.name ?? ''}`.trim();
  if (!validate) faults.push(`${name}: no schema for this kind`);
  else if (!validate(document)) {
    for (const e of validate.errors) faults.push(`${name}: ${e.instancePath} ${e.message} ${e.params?.additionalProperty ?? ''}`.trim());
  }
}

// Kubernetes reads YAML 1.1, most other tools 1.2: what the two take for different values (on, 0440) must not stand in a manifest.
function parse(text, faults) {
  const documents = YAML.parseAllDocuments(text, { version: '1.1' });
  const others = YAML.parseAllDocuments(text, { version: '1.2' });
  const values = [];
  documents.forEach((document, i) => {
    for (const problem of [...document.errors, ...document.warnings]) faults.push(`YAML: ${problem.message}`);
    if (document.errors.length > 0) return;
    const value = document.toJS();
    if (!isDeepStrictEqual(value, others[i]?.toJS())) faults.push(`YAML: document ${i} means different things in YAML 1.1 and 1.2`);
    if (value !== null && value !== undefined) values.push(value);
  });
  return values;
}

const answer = {};
for (const [name, text] of Object.entries(texts)) {
  const faults = [];
  const documents = parse(text, faults);
  for (const document of documents) {
    hold(name.endsWith('Chart.yaml') ? 'Chart.yaml' : `${document.apiVersion}/${document.kind}`, document, faults);
    if (document.kind === 'ConfigMap') {
      const data = Object.entries(document.data ?? {}).filter(([key]) => /\.(yaml|json)$/.test(key));
      document.$data = Object.fromEntries(data.map(([key, value]) => [key, parse(value, faults)[0] ?? null]));
    }
  }
  answer[name] = { documents, faults };
}
process.stdout.write(JSON.stringify(answer) + '\n');

/**
 * Sends each prepared request once, over a few connections, and prints how long each answer took.
 * Standard input: {"url", "connections", "requests": [{"method", "path", "headers", "body"}]}.
 */
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

const { url, connections, requests } = JSON.parse(readFileSync(0, 'utf8'));
const milliseconds = [];
const statuses = {};
let next = 0;

const run = autocannon({
  url,
  connections,
  amount: requests.length,
  timeout: 20,
  setupClient: (client) => {
    // Each connection has requests of its own, so that none is sent twice.
    const own = requests.filter((_, index) => index % connections === next);
    next += 1;
    client.setRequests(own.length ? own : [requests[0]]);
  },
});
run.on('response', (_client, status, _bytes, time) => {
  milliseconds.push(time);
  statuses[status] = (statuses[status] ?? 0) + 1;
});
const { errors, timeouts } = await run;
console.log(JSON.stringify({ milliseconds, statuses, errors, timeouts }));

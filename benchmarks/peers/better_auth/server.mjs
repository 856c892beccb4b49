/** better-auth on Node's own server, with libSQL and our Argon2id parameters. */
import { createServer } from 'node:http';
import { LibsqlDialect } from '@libsql/kysely-libsql';
import { hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';

const port = Number(process.env.PORT);
const argon2id = { algorithm: 2, memoryCost: 19456, timeCost: 2, parallelism: 1 };

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'k'.repeat(32),
  database: { dialect: new LibsqlDialect({ url: `file:${process.env.DATABASE}` }), type: 'sqlite' },
  emailAndPassword: {
    enabled: true,
    minPasswordLength: 15,
    autoSignIn: false,
    password: {
      hash: (password) => hash(password, argon2id),
      verify: ({ hash: stored, password }) => verify(stored, password),
    },
  },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
});

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
createServer(toNodeHandler(auth)).listen(port, '127.0.0.1');

// A program that uses the embedded database until its standard input closes: `node embedded-postgres-child.ts <dataDir> [port]`.
// Tells each log message and the outcome as one JSON line.
import { startEmbeddedPostgres } from '#platform/db/embedded/supervisor.ts';

const [dataDir = '', port] = process.argv.slice(2);
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const postgres = await startEmbeddedPostgres({
    dataDir,
    ...(port === undefined ? {} : { port: Number(port) }),
    log: (message) => tell({ message }),
  });
  tell({ role: postgres.role, url: postgres.url('postgres'), uid: process.getuid?.() });
  process.stdin.resume();
  process.stdin.once('end', () => {
    void postgres.stop().then(() => process.exit(0));
  });
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  tell({ code, failure: message });
  process.exitCode = 1;
}

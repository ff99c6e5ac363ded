// A gateway's process as far as revocations go: node revoking-child.ts <file> <name> <how many>. Revokes, one after the other, and ends.
import { silentLogger } from '#platform/telemetry/logger.ts';
import { RevocationFile } from '../../gateway/security/revocation-file.ts';

const [, , path = '', name = '', count = ''] = process.argv;
const file = new RevocationFile(path, silentLogger);
const untilMs = Date.now() + 3_600_000;
for (let index = 0; index < Number(count); index += 1) await file.add({ jti: `${name}-${index}`, untilMs });
await file.stop();

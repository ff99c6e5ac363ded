// A process that starts the sandbox ERP beside itself, as the gateway does: node sandbox-erp-child.ts <folder>. Prints its address.
import { silentLogger } from '#platform/telemetry/logger.ts';
import { SandboxErp } from '../../connectors/sandbox-erp/process.ts';

const erp = new SandboxErp({ folder: process.argv[2] ?? '', demo: true, logger: silentLogger });
process.stdout.write(`erp ${await erp.url()}\n`);
// Lives until it is killed.
setInterval(() => {}, 60_000);

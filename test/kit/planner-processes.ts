// The processes in which gateways of this process plan, as the system lists them.
import { execFileSync } from 'node:child_process';

export function plannerProcesses(): number[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return listed
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...program]) => Number(parent) === process.pid && program.join(' ').includes('planner-process'))
    .map(([pid]) => Number(pid));
}

/** As the system does it when it is short of memory. Answers how many there were. */
export function killPlanners(): number {
  const pids = plannerProcesses();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids.length;
}

// Circles of a directed graph: its strongly connected components of more than one node (Tarjan), and nodes that point at themselves.

export function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const lower = (node: string, value: number) => lowest.set(node, Math.min(lowest.get(node) ?? value, value));

  const visit = (node: string): void => {
    const own = index.size;
    index.set(node, own);
    lowest.set(node, own);
    open.push(node);
    const targets = (graph.get(node) ?? []).filter((target) => graph.has(target));
    for (const target of targets) {
      if (!index.has(target)) {
        visit(target);
        lower(node, lowest.get(target) ?? own);
      } else if (open.includes(target)) lower(node, index.get(target) ?? own);
    }
    if (lowest.get(node) !== own) return;
    const component = open.splice(open.indexOf(node));
    if (component.length > 1 || targets.includes(node)) found.push(component.toSorted());
  };

  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

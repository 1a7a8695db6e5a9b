// args: [] with axe-core loaded. Only what axe calls serious or critical, in one line each.
const result = await axe.run(document, { resultTypes: ['violations'], elementRef: false });
return result.violations
    .filter(v => v.impact === 'serious' || v.impact === 'critical')
    .flatMap(v => v.nodes.slice(0, 4).map(n => `${v.id} (${v.impact}): ${n.target.join(' ')}: ${(n.any[0] || n.all[0] || n.none[0] || {}).message || v.help}`));

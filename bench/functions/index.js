exports.handler = async () => Math.round((performance.timeOrigin + performance.now()) * 1000);

# Stream Pump in a container: docker build -t stream-pump . && docker run -p 8086:8086 stream-pump
# docs/operating.md says how to give it a configuration.

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22-slim
ENV NODE_ENV=production
COPY --from=build /app/package.json /app/LICENSE /app/README.md /app/CHANGELOG.md /app/config.example.ts /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/demo /app/demo
COPY --from=build /app/dist /app/dist
# Where `config.ts` is looked for, and where a self-signed certificate is kept.
RUN install -d -o node -g node /var/lib/stream-pump
WORKDIR /var/lib/stream-pump
USER node
EXPOSE 8086 8089
# Viewers are told the end of their streams; it takes 10 s at the most, which is how long `docker stop` waits.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8086/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]

# Built in two steps: the bundle needs none of the dependencies at run time.
FROM node:20-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs --no-types

FROM node:20-slim
WORKDIR /mistrust
COPY --from=build /src/package.json ./
COPY --from=build /src/dist dist
COPY --from=build /src/scenarios scenarios
COPY --from=build /src/schema schema
COPY --from=build /src/protos protos
USER node
ENTRYPOINT ["node", "/mistrust/dist/cli.js"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["node", "/mistrust/dist/cli.js", "healthcheck"]
CMD ["serve", "--vault-listen", "0.0.0.0:8200", "--kubernetes-listen", "0.0.0.0:6443"]

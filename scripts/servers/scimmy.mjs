// SCIMMY on express: a server for tests. The protocol is SCIMMY's work, only the store is here.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const lower = (text) => String(text ?? "").toLowerCase();

// Keeps resources of a type; those of one type differ in `key`.
function store(type, key) {
    const rows = new Map();
    // By `key`, so that a thousand users cost no million comparisons.
    const taken = new Map();
    const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    SCIMMY.Resources.declare(type)
        .ingress((resource, data) => {
            const before = resource.id && rows.get(resource.id);
            if (resource.id && !before) throw missing(resource.id);
            const id = resource.id ?? randomUUID();
            if (key) {
                const holder = taken.get(lower(data[key]));
                if (holder && holder !== id) {
                    throw new SCIMMY.Types.Error(409, "uniqueness", `${key} is already taken`);
                }
                if (before) taken.delete(lower(before[key]));
                taken.set(lower(data[key]), id);
            }
            const now = new Date().toISOString();
            const meta = { created: before?.meta.created ?? now, lastModified: now };
            const row = { ...JSON.parse(JSON.stringify(data)), id, meta };
            rows.set(id, row);
            return row;
        })
        .egress((resource) => {
            if (resource.id) {
                if (!rows.has(resource.id)) throw missing(resource.id);
                return rows.get(resource.id);
            }
            const all = [...rows.values()];
            return resource.filter ? resource.filter.match(all) : all;
        })
        .degress((resource) => {
            const row = rows.get(resource.id);
            if (!row) throw missing(resource.id);
            if (key) taken.delete(lower(row[key]));
            rows.delete(resource.id);
        });
}

SCIMMY.Config.set({ patch: true, filter: true, bulk: true, sort: true, changePassword: true });
store(SCIMMY.Resources.User, "userName");
store(SCIMMY.Resources.Group, null);
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const app = express();
app.use(
    "/scim",
    new SCIMMYRouters({
        type: "bearer",
        handler: (request) => {
            if (request.header("Authorization") !== "Bearer secret") throw new Error("bad or missing bearer token");
            return "tester";
        },
    }),
);
app.listen(Number(process.argv[2]), "127.0.0.1");

// frps' API v2: every answer is in an envelope.
import { api } from "./kit/api.js";

export const v2 = async (path, options) => (await api(`../api/v2${path}`, options)).data;

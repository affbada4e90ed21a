/*
 * visit.js - what a visit's link says by itself: whose visit it is can be told without a network. It is not checked
 * here: a forged link is refused when its answer arrives.
 *
 *   base64url(1 ‖ purpose ‖ expires_ms 8 ‖ nonce 16 ‖ len ‖ "visit\nstore\ndepartment" ‖ len ‖ person ‖ MAC 32)
 */
const VERSION = 1, PURPOSE_RATE = 2;
const EXPIRES = 2, NONCE = 10, SUBJECT = 26;

function bytesOf(text) {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

/* {visit, store, department, expires}, or null: it is no visit's link. */
export function visitOf(link) {
    let bytes;
    try {
        bytes = bytesOf(link);
    } catch {
        return null;
    }
    if (bytes.length <= SUBJECT || bytes[0] !== VERSION || bytes[1] !== PURPOSE_RATE)
        return null;
    const len = bytes[SUBJECT], end = SUBJECT + 1 + len;
    if (bytes.length < end + 1)
        return null;
    const parts = new TextDecoder().decode(bytes.subarray(SUBJECT + 1, end)).split('\n');
    if (parts.length !== 3 || parts.some((part) => part === ''))
        return null;
    const expires_ms = Number(new DataView(bytes.buffer).getBigUint64(EXPIRES));
    if (!(expires_ms < 8.64e15))
        return null;
    return {visit: parts[0], store: parts[1], department: parts[2], expires: new Date(expires_ms).toISOString()};
}

/* A link's own name, by which a device remembers it: what is random in it, in hexadecimal; a stranger's is its text. */
export function nameOf(link) {
    try {
        return [...bytesOf(link).subarray(NONCE, SUBJECT)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    } catch {
        return link.slice(0, 64);
    }
}

export { SseSocket, SseSocket as default } from './socket.js';

export const helped = "helped";

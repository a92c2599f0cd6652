"""Commands of standing policies, conditions of issue and waivers."""

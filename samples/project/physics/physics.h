/* Where a shot lands: the interface of the library physics. */
#ifndef PHYSICS_H
#define PHYSICS_H

#ifdef __cplusplus
extern "C" {
#endif

struct start { double speed, angle; };

/* The force of the air against a velocity, per mass. */
double drag(double velocity);

/* How far from `target` a shot lands, squared. */
double miss(const struct start *start, double target);

/* How many steps have been simulated so far. */
long steps_taken(void);

#ifdef __cplusplus
}
#endif
#endif

/* For dlopen: it needs the library of mathematics, which the program does not. */
#include <math.h>

double plugin(double x);

double plugin(double x)
{
	return atan2(x, 1) * cos(x);
}

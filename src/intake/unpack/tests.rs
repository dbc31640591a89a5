//! Archives made by other programs are fixtures; here are the ones that a program would not make.

use super::*;

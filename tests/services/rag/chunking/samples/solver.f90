! Solves systems of equations.
module solver
  use iso_fortran_env, only: real64
  implicit none

  integer, parameter :: max_steps = 100

  !> A system of equations.
  type :: system
    real(real64), allocatable :: a(:, :)
    real(real64), allocatable :: b(:)
  contains
    procedure :: solve => solve_system
  end type system

  interface norm
    module procedure norm_vector
  end interface norm

contains

  !> Solves a system in place.
  !! Uses elimination.
  subroutine solve_system(self, info)
    class(system), intent(inout) :: self
    integer, intent(out) :: info
    info = 0
    call eliminate(self%a, self%b)
  end subroutine solve_system

  pure function norm_vector(x) result(length)
    real(real64), intent(in) :: x(:)
    real(real64) :: length
    length = sqrt(sum(x * x))
  end function norm_vector

end module solver

program main
  use solver
  implicit none
  type(system) :: s
  integer :: info
  call s%solve(info)
end program main
